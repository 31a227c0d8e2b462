"""Units whose operands have 4 or 6-bit mantissas, chosen at run time."""

from hbfp_hw.engine import Variant
from hbfp_hw.generation.corner_classes import DOT, ENGINE, MODES, RANGE, ROUND_PRODUCTS, SUM
from hbfp_hw.generation.options import MixedOptions
from hbfp_hw.generation.unit_entry import RegressionCase, UnitEntry
from hbfp_hw.rtl.core import Core
from hbfp_hw.rtl.gemm import GEMM
from hbfp_hw.rtl.pe import PE

NEEDED = ("rows", "columns", "block_size")

MIXED, NATIVE, NARROW = Variant.MIXED, Variant.NATIVE, Variant.NARROW

MIXED_UNITS = (
    UnitEntry(
        name="pe",
        summary="mixed 4/6-bit block dot products, added up in FP32",
        options=MixedOptions,
        make=lambda options: PE(
            options.variant,
            options.block_size,
            options.exponent_bits,
            sign_magnitude=options.sign_magnitude,
        ),
        needed=("block_size",),
        tests="hbfp_hw.sim.pe_tests",
        test_count=6,
        cases={
            "pe_mixed_n16": RegressionCase("pe", MixedOptions(MIXED, 16), 400),
            "pe_mixed_n3_e5": RegressionCase("pe", MixedOptions(MIXED, 3, exponent_bits=5), 400),
            "pe_mixed_n5_sm": RegressionCase(
                "pe", MixedOptions(MIXED, 5, sign_magnitude=True), 400
            ),
            "pe_native_n5_e8": RegressionCase("pe", MixedOptions(NATIVE, 5, exponent_bits=8), 400),
            "pe_narrow_n4": RegressionCase("pe", MixedOptions(NARROW, 4), 400),
        },
        classes={"dot": DOT, "round": ROUND_PRODUCTS, "add": SUM, "mode": MODES},
        vectors="hbfp_hw.cosim.vectors.sums:PEVectors",
    ),
    UnitEntry(
        name="array",
        summary="systolic array of cells",
        options=MixedOptions,
        make=lambda options: options.array,
        needed=NEEDED,
        tests="hbfp_hw.sim.array_tests",
        test_count=3,
        cases={
            "array_3x2_mixed_n4": RegressionCase(
                "array", MixedOptions(MIXED, 4, rows=3, columns=2), 80
            ),
            "array_2x5_native_n3_e7": RegressionCase(
                "array", MixedOptions(NATIVE, 3, rows=2, columns=5, exponent_bits=7), 80
            ),
            "array_4x1_narrow_n2": RegressionCase(
                "array", MixedOptions(NARROW, 2, rows=4, columns=1), 80
            ),
        },
        classes={
            "dot": ("cancel_to_zero", "largest", "zero"),
            "round": ("exact", "zero", *RANGE),
            "add": ("cancel", "carry_out", "exact", "gap_over_24", "nan", "tie"),
            "mode": MODES,
        },
        vectors="hbfp_hw.cosim.vectors.array:ArrayVectors",
    ),
    UnitEntry(
        name="gemm",
        summary="the engine: matrix products of any size, from FP32 to FP32",
        options=MixedOptions,
        make=lambda options: GEMM(options.engine, random_bits=options.random_bits),
        needed=NEEDED,
        tests="hbfp_hw.sim.gemm_tests",
        test_count=6,
        cases={
            "gemm_7x2_mixed_n4": RegressionCase(
                "gemm", MixedOptions(MIXED, 4, rows=7, columns=2, depth=4, panel_tiles=1), 8
            ),
            "gemm_3x2_native_n3_e7": RegressionCase(
                "gemm",
                MixedOptions(
                    NATIVE,
                    3,
                    rows=3,
                    columns=2,
                    exponent_bits=7,
                    depth=2,
                    panel_tiles=2,
                    random_bits=3,
                ),
                8,
            ),
        },
        classes=ENGINE,
        vectors="hbfp_hw.cosim.vectors.gemm:GEMMVectors",
    ),
    UnitEntry(
        name="core",
        summary="the engine behind AXI4-Stream and AXI4-Lite, with registers",
        options=MixedOptions,
        make=lambda options: Core(
            options.engine,
            random_bits=options.random_bits,
            bus_bits=options.bus_bits,
            queue=options.queue,
            layers=options.layers,
        ),
        needed=NEEDED,
        tests="hbfp_hw.sim.core_tests",
        test_count=8,
        cases={
            "core_2x2_mixed_n4": RegressionCase(
                "core",
                MixedOptions(MIXED, 4, rows=2, columns=2, depth=2, panel_tiles=2, layers=6),
                100,
            )
        },
        classes=ENGINE,
        vectors="hbfp_hw.cosim.vectors.core:CoreVectors",
    ),
)
"""Entries of the registry, from the single cell to the core."""
