"""The cocotb regression: the cases of all units in the registry."""

from importlib.util import find_spec
from pathlib import Path

from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.registry import UNITS, make_unit
from hbfp_hw.generation.unit_entry import RegressionCase
from hbfp_hw.generation.verilog import describe
from hbfp_hw.sim.coverage.required import required
from hbfp_hw.simulate.regression import TestResult, run_tests
from hbfp_hw.simulate.toolchain import SimulatorMissing

CASES = {name: case for entry in UNITS.values() for name, case in entry.cases.items()}
"""Cases of the regression by name, in the order of the data path."""


def missing_classes(case: RegressionCase, result: TestResult) -> list[str]:
    """Return the corner classes that a run of this case must hit and this one missed."""
    classes = required(describe(make_unit(case.unit, case.options)))
    return sorted(name for name in classes if not result.coverage.get(name))


def run_case(case: RegressionCase, simulator: str, results: Path, *, seed: int = 0) -> TestResult:
    """Run one case on one simulator; the result reports failed tests.

    Raises:
        SimulatorMissing: The simulator is not installed, or the case needs bus models that are not.
        ToolError: The design does not compile, or not every test ran.
    """
    if case.unit == "core" and find_spec("cocotbext") is None:
        raise SimulatorMissing(
            "The tests of the core need cocotbext-axi: pip install 'hbfp_hw[axi]'"
        )
    design = cached_design(make_unit(case.unit, case.options))
    return run_tests(
        design,
        UNITS[case.unit].tests,
        simulator,
        expected=UNITS[case.unit].test_count,
        results_dir=results,
        parameters={"design": design.description.to_json(), "count": case.count},
        seed=seed,
    )
