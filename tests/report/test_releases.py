"""Comparison of releases of Yosys, with the installed one in both roles."""

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from hbfp_hw.density.synthesis import YosysRelease
from hbfp_hw.report.releases import compare_releases, find_release


def test_release_of_an_interpreter():
    assert find_release(Path(sys.executable)) == YosysRelease(
        Path(sys.executable), version("pyosys")
    )


@pytest.mark.parametrize("content", [None, "#!/bin/sh\nexit 1\n"])
def test_files_that_are_no_interpreter_with_pyosys(tmp_path, content):
    path = tmp_path / "python"
    if content:
        path.write_text(content)
        path.chmod(0o755)
    message = f"^Python must be an interpreter with pyosys, not '{path}'$"
    with pytest.raises(ValueError, match=message):
        find_release(path)


@pytest.mark.full
def test_the_same_release_gives_the_same_figures():
    release = YosysRelease(Path(sys.executable), "of a test")
    own, other = compare_releases([release], 2, 2)
    assert other == own | {"pyosys": "of a test"}
    assert own["ratio_fp32"] == own["transistors_fp32"] / own["transistors_per_mac"]


def test_nothing_to_compare_with():
    assert compare_releases([], 2, 2) == []
