"""Names and scripts of the effort levels."""

import pytest

from hbfp_hw.ppa.efforts import EFFORTS, abc_script, effort_of


def test_levels_have_their_names() -> None:
    assert len(EFFORTS) >= 5
    assert all(effort_of(name).name == name for name in EFFORTS)


def test_unknown_level() -> None:
    with pytest.raises(ValueError, match=r"^Effort must be one of area, .*, not 'most'$"):
        effort_of("most")


def test_script_has_no_spaces() -> None:
    assert abc_script("strash; map -B 0.9; upsize {D}") == '-script "+strash;map,-B,0.9;upsize,{D}"'
