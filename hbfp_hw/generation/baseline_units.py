"""Units in other number formats, to compare with."""

from hbfp_hw.generation.corner_classes import FUSED
from hbfp_hw.generation.options import BaselineOptions
from hbfp_hw.generation.unit_entry import RegressionCase, UnitEntry
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.rtl.baseline import BF16MAC, FP32MAC, INT8MAC

BASELINE_UNITS = (
    UnitEntry(
        name="fp32_mac",
        summary="FP32 multiply-add or dot product, fused or separate",
        options=BaselineOptions,
        make=lambda options: FP32MAC(fused=options.fused, **options.sizes),
        needed=(),
        tests="hbfp_hw.sim.fp32_mac_tests",
        test_count=3,
        cases={
            "fp32_mac_fused_n1": RegressionCase("fp32_mac", BaselineOptions(pipeline=1), 1000),
            "fp32_mac_fused_n1_p5": RegressionCase("fp32_mac", BaselineOptions(pipeline=5), 1000),
            "fp32_mac_fused_n3_p0": RegressionCase("fp32_mac", BaselineOptions(lanes=3), 200),
            "fp32_mac_separate_n1_p0": RegressionCase(
                "fp32_mac", BaselineOptions(fused=False), 1000
            ),
            "fp32_mac_separate_n3": RegressionCase(
                "fp32_mac", BaselineOptions(lanes=3, fused=False, pipeline=1), 400
            ),
        },
        classes={"fused": FUSED},
        vectors="hbfp_hw.cosim.vectors.baselines:FP32MACVectors",
    ),
    UnitEntry(
        name="bf16_mac",
        summary="BF16 multiply-add or dot product, FP32 or BF16 sums",
        options=BaselineOptions,
        make=lambda options: BF16MAC(accumulate=options.accumulate, **options.sizes),
        needed=(),
        tests="hbfp_hw.sim.bf16_mac_tests",
        test_count=3,
        cases={
            "bf16_mac_fp32_n1_p0": RegressionCase("bf16_mac", BaselineOptions(), 1000),
            "bf16_mac_fp32_n1_p3": RegressionCase("bf16_mac", BaselineOptions(pipeline=3), 1000),
            "bf16_mac_fp32_n3": RegressionCase(
                "bf16_mac", BaselineOptions(lanes=3, pipeline=1), 200
            ),
            "bf16_mac_bf16_n1": RegressionCase(
                "bf16_mac", BaselineOptions(accumulate=Accumulation.BF16, pipeline=1), 1000
            ),
            "bf16_mac_bf16_n3_p0": RegressionCase(
                "bf16_mac", BaselineOptions(accumulate=Accumulation.BF16, lanes=3), 200
            ),
        },
        classes={"fused": FUSED},
        vectors="hbfp_hw.cosim.vectors.baselines:BF16MACVectors",
    ),
    UnitEntry(
        name="int8_mac",
        summary="INT8 multiply-add or dot product, 32-bit sums",
        options=BaselineOptions,
        make=lambda options: INT8MAC(**options.sizes),
        needed=(),
        tests="hbfp_hw.sim.int8_mac_tests",
        test_count=3,
        cases={
            "int8_mac_n1_p0": RegressionCase("int8_mac", BaselineOptions(), 1000),
            "int8_mac_n7": RegressionCase("int8_mac", BaselineOptions(lanes=7, pipeline=1), 1000),
        },
        classes={"integer": ("lowest", "plain", "wrap")},
        vectors="hbfp_hw.cosim.vectors.baselines:INT8MACVectors",
    ),
)
"""Entries of the registry."""
