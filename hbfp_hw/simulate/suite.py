"""The cocotb regression: which tests run on which designs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hbfp_hw.catalog import UNITS, Options
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.simulate.regression import TestResult, run_tests
from hbfp_hw.verilog import generate

SIMULATORS = ("verilator", "icarus")

TESTS = {"convert": 4, "dot": 5, "fp32": 2, "accumulate": 5, "dot_engine": 5}
"""Tests in each unit's module; a run that executes any other number has failed."""


@dataclass(frozen=True)
class Case:
    """One design under the tests of its unit.

    Members:
        unit: Name of the unit; its tests are in ``sim/<unit>_tests.py``.
        options: Parameters of the unit.
        count: Transfers in each test.
    """

    unit: str
    options: Options
    count: int


def _case(
    unit: str,
    widths: tuple[int, int],
    block_size: int,
    exponent_bits: int = 10,
    *,
    count: int = 400,
    **options: Any,
) -> Case:
    a, b = (HBFPFormat(bits, block_size, exponent_bits) for bits in widths)
    return Case(unit, Options(a, b, **options), count)


CASES = {
    "convert_m4_n16": _case("convert", (4, 4), 16),
    "convert_m6_n5_e5_p2": _case("convert", (6, 6), 5, 5, random_bits=11, pipeline=2),
    "convert_m8_n3_e8_nearest": _case("convert", (8, 8), 3, 8, rounding=Rounding.NEAREST),
    "dot_m4_n16": _case("dot", (4, 4), 16),
    "dot_m6x4_n5_p3": _case("dot", (6, 4), 5, pipeline=3),
    "dot_m16_n33": _case("dot", (16, 16), 33),
    "fp32_m16_n64": _case("fp32", (16, 16), 64, count=3000),
    "fp32_m4_n16": _case("fp32", (4, 4), 16, count=3000),
    "accumulate_m4_n16": _case("accumulate", (4, 4), 16, count=1000),
    "accumulate_m16_n64_p0": _case("accumulate", (16, 16), 64, count=1000, pipeline=0),
    "dot_engine_m4_n16": _case("dot_engine", (4, 4), 16),
    "dot_engine_m4x6_n5_e8": _case("dot_engine", (4, 6), 5, 8, pipeline=2),
}
"""The regression, along the data path."""


def run_case(case: Case, simulator: str, results: Path, *, seed: int = 0) -> TestResult:
    """Run one case on one simulator; failed tests are reported, not raised.

    Raises:
        SimulatorMissing: The simulator is not installed.
        SimulationError: The design does not compile, or not every test ran.
    """
    design = generate(UNITS[case.unit](case.options))
    return run_tests(
        design,
        f"hbfp_hw.sim.{case.unit}_tests",
        simulator,
        expected=TESTS[case.unit],
        results_dir=results,
        parameters={"design": design.description, "count": case.count},
        seed=seed,
    )
