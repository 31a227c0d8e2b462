"""The cocotb regression: which tests run on which designs."""

from importlib.util import find_spec
from pathlib import Path

from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.registry import UNITS, make_unit
from hbfp_hw.generation.unit_entry import Case
from hbfp_hw.generation.verilog import describe
from hbfp_hw.sim.coverage.required import required
from hbfp_hw.simulate.regression import TestResult, run_tests
from hbfp_hw.simulate.toolchain import SimulatorMissing

SIMULATORS = ("verilator", "icarus")

CASES = {name: case for entry in UNITS.values() for name, case in entry.cases.items()}
"""The regression, along the data path."""


def missing_classes(case: Case, result: TestResult) -> list[str]:
    """Classes that every run of a case must meet, and this one did not."""
    classes = required(describe(make_unit(case.unit, case.options)))
    return sorted(name for name in classes if not result.coverage.get(name))


def run_case(case: Case, simulator: str, results: Path, *, seed: int = 0) -> TestResult:
    """Run one case on one simulator; failed tests are reported, not raised.

    Raises:
        SimulatorMissing: The simulator is not installed, or the bus models that the case needs.
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
