"""Units along the data path, whose operands have formats fixed at generation."""

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.corner_classes import ADD, CONVERT, DOT, ROUND, ROUND_PRODUCTS, SUM
from hbfp_hw.generation.options import FormatOptions
from hbfp_hw.generation.unit_entry import RegressionCase, UnitEntry
from hbfp_hw.rtl import FP32, MAC, Accumulate, Convert, Dot, DotEngine

NEEDED = ("mantissa_bits", "block_size")


def _formats(
    a: int, b: int, block_size: int, exponent_bits: int = 10
) -> tuple[HBFPFormat, HBFPFormat]:
    return HBFPFormat(a, block_size, exponent_bits), HBFPFormat(b, block_size, exponent_bits)


FORMAT_UNITS = (
    UnitEntry(
        name="convert",
        summary="FP32 values to one block, all rounding modes",
        options=FormatOptions,
        make=lambda options: Convert(
            options.a,
            rounding=options.rounding,
            random_bits=options.random_bits,
            sign_magnitude=options.sign_magnitude,
            narrow_bits=options.narrow_bits,
            **options.pipeline_argument,
        ),
        needed=NEEDED,
        tests="hbfp_hw.sim.convert_tests",
        test_count=4,
        cases={
            "convert_m4_n16": RegressionCase("convert", FormatOptions(*_formats(4, 4, 16)), 400),
            "convert_m6_n5_e5_p2": RegressionCase(
                "convert", FormatOptions(*_formats(6, 6, 5, 5), random_bits=11, pipeline=2), 400
            ),
            "convert_m8_n3_e8_nearest": RegressionCase(
                "convert", FormatOptions(*_formats(8, 8, 3, 8), rounding=Rounding.NEAREST), 400
            ),
            "convert_m6_n7_e5_narrow4_sm": RegressionCase(
                "convert",
                FormatOptions(
                    *_formats(6, 6, 7, 5),
                    random_bits=4,
                    pipeline=2,
                    narrow_bits=4,
                    sign_magnitude=True,
                ),
                400,
            ),
        },
        classes={"convert": CONVERT},
        vectors="hbfp_hw.cosim.vectors.convert:ConvertVectors",
    ),
    UnitEntry(
        name="dot",
        summary="exact dot product of two blocks",
        options=FormatOptions,
        make=lambda options: Dot(
            options.a,
            options.b,
            free_running=options.free_running,
            sign_magnitude=options.sign_magnitude,
            **options.pipeline_argument,
        ),
        needed=NEEDED,
        tests="hbfp_hw.sim.dot_tests",
        test_count=5,
        cases={
            "dot_m4_n16": RegressionCase("dot", FormatOptions(*_formats(4, 4, 16)), 400),
            "dot_m6x4_n5_p3": RegressionCase(
                "dot", FormatOptions(*_formats(6, 4, 5), pipeline=3), 400
            ),
            "dot_m16_n9": RegressionCase("dot", FormatOptions(*_formats(16, 16, 9)), 400),
            "dot_m6_n7_sm_p2f": RegressionCase(
                "dot",
                FormatOptions(
                    *_formats(6, 6, 7), pipeline=2, free_running=True, sign_magnitude=True
                ),
                400,
            ),
        },
        classes={"dot": DOT},
        vectors="hbfp_hw.cosim.vectors.pairs:DotVectors",
    ),
    UnitEntry(
        name="fp32",
        summary="round an exact sum to FP32; FP32 addition",
        options=FormatOptions,
        make=lambda options: FP32(options.a, options.b, **options.pipeline_argument),
        needed=NEEDED,
        tests="hbfp_hw.sim.fp32_tests",
        test_count=2,
        cases={
            "fp32_m16_n64": RegressionCase("fp32", FormatOptions(*_formats(16, 16, 64)), 3000),
            "fp32_m4_n16": RegressionCase("fp32", FormatOptions(*_formats(4, 4, 16)), 3000),
        },
        classes={"round": ROUND, "add": (*ADD, "inf_minus_inf", "lone_bit")},
        vectors="hbfp_hw.cosim.vectors.sums:FP32Vectors",
    ),
    UnitEntry(
        name="accumulate",
        summary="block dot products to FP32 sums",
        options=FormatOptions,
        make=lambda options: Accumulate(options.a, options.b, **options.pipeline_argument),
        needed=NEEDED,
        tests="hbfp_hw.sim.accumulate_tests",
        test_count=5,
        cases={
            "accumulate_m4_n16": RegressionCase(
                "accumulate", FormatOptions(*_formats(4, 4, 16)), 2000
            ),
            "accumulate_m16_n64_p0": RegressionCase(
                "accumulate", FormatOptions(*_formats(16, 16, 64), pipeline=0), 1000
            ),
        },
        classes={"round": ROUND, "add": ADD},
        vectors="hbfp_hw.cosim.vectors.sums:AccumulateVectors",
    ),
    UnitEntry(
        name="mac",
        summary="exact dot product of two blocks, added to an FP32 number",
        options=FormatOptions,
        make=lambda options: MAC(
            options.a, options.b, sign_magnitude=options.sign_magnitude, **options.pipeline_argument
        ),
        needed=NEEDED,
        tests="hbfp_hw.sim.mac_tests",
        test_count=3,
        cases={
            "mac_m4_n16_sm": RegressionCase(
                "mac", FormatOptions(*_formats(4, 4, 16), sign_magnitude=True), 1000
            ),
            "mac_m6x4_n5_e8_p2": RegressionCase(
                "mac", FormatOptions(*_formats(6, 4, 5, 8), pipeline=2), 1000
            ),
            "mac_m4_n16_sm_p4": RegressionCase(
                "mac", FormatOptions(*_formats(4, 4, 16), sign_magnitude=True, pipeline=4), 1000
            ),
            "mac_m16_n9": RegressionCase("mac", FormatOptions(*_formats(16, 16, 9)), 400),
        },
        classes={
            "dot": DOT,
            "round": ROUND_PRODUCTS,
            "add": (*SUM, "inf_minus_inf", "tie"),
        },
        vectors="hbfp_hw.cosim.vectors.pairs:MACVectors",
    ),
    UnitEntry(
        name="dot_engine",
        summary="the whole chain: FP32 operand blocks in, FP32 results out",
        options=FormatOptions,
        make=lambda options: DotEngine(
            options.a,
            options.b,
            rounding=options.rounding,
            random_bits=options.random_bits,
            **options.pipeline_argument,
        ),
        needed=NEEDED,
        tests="hbfp_hw.sim.dot_engine_tests",
        test_count=5,
        cases={
            "dot_engine_m4_n16": RegressionCase(
                "dot_engine", FormatOptions(*_formats(4, 4, 16)), 400
            ),
            "dot_engine_m4x6_n5_e8": RegressionCase(
                "dot_engine", FormatOptions(*_formats(4, 6, 5, 8), pipeline=2), 400
            ),
        },
        classes={"convert": CONVERT, "dot": DOT, "round": ROUND_PRODUCTS, "add": SUM},
        vectors="hbfp_hw.cosim.vectors.sums:DotEngineVectors",
    ),
)
"""Entries of the registry, in the order of the data path."""
