"""Streams narrower than their items give the same bits, and every beat is checked."""

import pytest

from hbfp_hw.core.packets import beats
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl.core import Core
from hbfp_hw.simulate import run_tests


@pytest.mark.full
def test_narrow_bus(tmp_path):
    engine = Engine(Variant.NATIVE, 1, 3, 5, exponent_bits=8, depth=2, panel_tiles=4)
    core = Core(engine, bus_bits=64, queue=2, layers=1)
    # Half of the last beat of each item is padding.
    assert (beats(32 * engine.block_size, 64), beats(32 * engine.columns, 64)) == (3, 2)
    design = cached_design(core)
    result = run_tests(
        design,
        "tests.core.narrow_tests",
        "icarus",
        parameters={"design": design.description.to_json(), "count": 16},
        expected=2,
        results_dir=tmp_path,
    )
    assert result.passed == ("random_descriptors", "stream_errors")
    assert result.failed == ()
