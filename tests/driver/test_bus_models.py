"""The driver under cocotb, with bus models as transport."""

import pytest

from hbfp_hw.engine import Engine, Variant
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl.core import Core
from hbfp_hw.simulate import run_tests


@pytest.mark.full
def test_bus_models(tmp_path):
    # Half of the last beat of each item is padding.
    engine = Engine(Variant.NATIVE, 1, 3, 5, depth=2, panel_tiles=4, exponent_bits=8)
    design = cached_design(Core(engine, bus_bits=64, queue=2, layers=1))
    result = run_tests(
        design,
        "tests.driver.bus_model_tests",
        "icarus",
        parameters={"design": design.description.to_json()},
        expected=1,
        results_dir=tmp_path,
    )
    assert (result.passed, result.failed) == (("products_errors_and_reset",), ())
