"""The cocotb regression: the designs that it tests, and the number of tests of each unit."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.catalog import UNITS, BaselineOptions, MixedOptions, Options
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.verilog import describe
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.sim.coverage.required import required
from hbfp_hw.simulate.regression import TestResult, run_tests
from hbfp_hw.simulate.toolchain import SimulatorMissing

TESTS = {
    "convert": 4,
    "dot": 5,
    "fp32": 2,
    "accumulate": 5,
    "mac": 3,
    "dot_engine": 5,
    "pe": 6,
    "array": 3,
    "gemm": 6,
    "core": 8,
    "fp32_mac": 3,
    "bf16_mac": 3,
    "int8_mac": 3,
}
"""Number of tests in each unit's module; a run of any other number is an error."""


@dataclass(frozen=True)
class RegressionCase:
    """One design under the tests of its unit.

    Members:
        unit: Name of the unit; its tests are in ``sim/<unit>_tests.py``.
        options: Parameters of the unit.
        count: Transfers in each test; products for ``array``, ``gemm`` and ``core``.
    """

    unit: str
    options: Options | MixedOptions | BaselineOptions
    count: int


def _case(
    unit: str,
    widths: tuple[int, int],
    block_size: int,
    exponent_bits: int = 10,
    *,
    count: int = 400,
    **options: Any,
) -> RegressionCase:
    a, b = (HBFPFormat(bits, block_size, exponent_bits) for bits in widths)
    return RegressionCase(unit, Options(a, b, **options), count)


def _mixed(
    unit: str, variant: Variant, block_size: int, *, count: int = 400, **options: Any
) -> RegressionCase:
    return RegressionCase(unit, MixedOptions(variant, block_size, **options), count)


def _baseline(unit: str, *, count: int = 1000, **options: Any) -> RegressionCase:
    return RegressionCase(unit, BaselineOptions(**options), count)


CASES = {
    "convert_m4_n16": _case("convert", (4, 4), 16),
    "convert_m6_n5_e5_p2": _case("convert", (6, 6), 5, 5, random_bits=11, pipeline=2),
    "convert_m8_n3_e8_nearest": _case("convert", (8, 8), 3, 8, rounding=Rounding.NEAREST),
    "convert_m6_n7_e5_narrow4_sm": _case(
        "convert", (6, 6), 7, 5, random_bits=4, pipeline=2, narrow_bits=4, sign_magnitude=True
    ),
    "dot_m4_n16": _case("dot", (4, 4), 16),
    "dot_m6x4_n5_p3": _case("dot", (6, 4), 5, pipeline=3),
    "dot_m16_n9": _case("dot", (16, 16), 9),
    "dot_m6_n7_sm_p2f": _case("dot", (6, 6), 7, pipeline=2, free_running=True, sign_magnitude=True),
    "fp32_m16_n64": _case("fp32", (16, 16), 64, count=3000),
    "fp32_m4_n16": _case("fp32", (4, 4), 16, count=3000),
    "accumulate_m4_n16": _case("accumulate", (4, 4), 16, count=2000),
    "accumulate_m16_n64_p0": _case("accumulate", (16, 16), 64, count=1000, pipeline=0),
    "mac_m4_n16_sm": _case("mac", (4, 4), 16, sign_magnitude=True, count=1000),
    "mac_m6x4_n5_e8_p2": _case("mac", (6, 4), 5, 8, count=1000, pipeline=2),
    "mac_m16_n9": _case("mac", (16, 16), 9),
    "dot_engine_m4_n16": _case("dot_engine", (4, 4), 16),
    "dot_engine_m4x6_n5_e8": _case("dot_engine", (4, 6), 5, 8, pipeline=2),
    "pe_mixed_n16": _mixed("pe", Variant.MIXED, 16),
    "pe_mixed_n3_e5": _mixed("pe", Variant.MIXED, 3, exponent_bits=5),
    "pe_mixed_n5_sm": _mixed("pe", Variant.MIXED, 5, sign_magnitude=True),
    "pe_native_n5_e8": _mixed("pe", Variant.NATIVE, 5, exponent_bits=8),
    "pe_narrow_n4": _mixed("pe", Variant.NARROW, 4),
    "array_3x2_mixed_n4": _mixed("array", Variant.MIXED, 4, rows=3, columns=2, count=80),
    "array_2x5_native_n3_e7": _mixed(
        "array", Variant.NATIVE, 3, rows=2, columns=5, exponent_bits=7, count=80
    ),
    "array_4x1_narrow_n2": _mixed("array", Variant.NARROW, 2, rows=4, columns=1, count=80),
    "gemm_7x2_mixed_n4": _mixed(
        "gemm", Variant.MIXED, 4, rows=7, columns=2, depth=4, panel_tiles=1, count=8
    ),
    "gemm_3x2_native_n3_e7": _mixed(
        "gemm",
        Variant.NATIVE,
        3,
        rows=3,
        columns=2,
        exponent_bits=7,
        depth=2,
        panel_tiles=2,
        random_bits=3,
        count=8,
    ),
    "core_2x2_mixed_n4": _mixed(
        "core",
        Variant.MIXED,
        4,
        rows=2,
        columns=2,
        depth=2,
        panel_tiles=2,
        layers=6,
        count=100,
    ),
    "fp32_mac_fused_n1": _baseline("fp32_mac", pipeline=1),
    "fp32_mac_fused_n3_p0": _baseline("fp32_mac", count=200, lanes=3),
    "fp32_mac_separate_n1_p0": _baseline("fp32_mac", fused=False),
    "fp32_mac_separate_n3": _baseline("fp32_mac", count=400, lanes=3, fused=False, pipeline=1),
    "bf16_mac_fp32_n1_p0": _baseline("bf16_mac"),
    "bf16_mac_fp32_n3": _baseline("bf16_mac", count=200, lanes=3, pipeline=1),
    "bf16_mac_bf16_n1": _baseline("bf16_mac", accumulate=Accumulation.BF16, pipeline=1),
    "bf16_mac_bf16_n3_p0": _baseline("bf16_mac", count=200, accumulate=Accumulation.BF16, lanes=3),
    "int8_mac_n1_p0": _baseline("int8_mac"),
    "int8_mac_n7": _baseline("int8_mac", lanes=7, pipeline=1),
}
"""Cases of the regression by name, in the order of the data path."""


def missing_classes(case: RegressionCase, result: TestResult) -> list[str]:
    """Return the corner classes that a run of this case must hit and this one missed."""
    description = describe(UNITS[case.unit](case.options))
    return sorted(name for name in required(description) if not result.coverage.get(name))


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
    design = cached_design(UNITS[case.unit](case.options))
    return run_tests(
        design,
        f"hbfp_hw.sim.{case.unit}_tests",
        simulator,
        expected=TESTS[case.unit],
        results_dir=results,
        parameters={"design": design.description.to_json(), "count": case.count},
        seed=seed,
    )
