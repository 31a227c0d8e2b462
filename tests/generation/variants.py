"""Units with parameters of every kind, and their designs."""

import hashlib
import json
from collections.abc import Callable
from functools import cache

from hbfp_hw.engine import Engine, Variant
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.verilog import generate
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.rtl import FP32, Accumulate, Convert, Dot, DotEngine, Unit
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.baseline import BF16MAC, FP32MAC, INT8MAC
from hbfp_hw.rtl.gemm import GEMM
from hbfp_hw.rtl.pe import PE

A, B = HBFPFormat(4, 5), HBFPFormat(6, 5)

VARIANTS: dict[str, Callable[[], Unit]] = {
    "hbfp_convert_m4_n5_e10": lambda: Convert(A),
    "hbfp_convert_m4_n5_e10_r11": lambda: Convert(A, random_bits=11),
    "hbfp_convert_m4_n5_e10_nearest": lambda: Convert(A, rounding=Rounding.NEAREST, random_bits=3),
    "hbfp_convert_m4_n5_e10_stochastic_r3_p2": lambda: Convert(
        A, rounding=Rounding.STOCHASTIC, random_bits=3, pipeline=2
    ),
    "hbfp_convert_m6_n5_e10_truncate_p0": lambda: Convert(
        B, rounding=Rounding.TRUNCATE, pipeline=0
    ),
    "hbfp_dot_m4_n5_e10": lambda: Dot(A),
    "hbfp_dot_m4x6_n5_e10": lambda: Dot(A, B),
    "hbfp_dot_m6x4_n5_e10_p4": lambda: Dot(B, A, pipeline=4),
    "hbfp_dot_m4_n5_e8_p0": lambda: Dot(HBFPFormat(4, 5, 8), pipeline=0),
    "hbfp_dot_m2_n1_e5": lambda: Dot(HBFPFormat(2, 1, 5)),
    "hbfp_fp32_m4_n5_e10": lambda: FP32(A),
    "hbfp_fp32_m4x6_n5_e10_p0": lambda: FP32(A, B, pipeline=0),
    "hbfp_accumulate_m4_n5_e10": lambda: Accumulate(A),
    "hbfp_accumulate_m4x6_n5_e10_p0": lambda: Accumulate(A, B, pipeline=0),
    "hbfp_dot_engine_m4_n5_e10": lambda: DotEngine(A),
    "hbfp_dot_engine_m6x4_n5_e10_nearest_p3": lambda: DotEngine(
        B, A, rounding=Rounding.NEAREST, pipeline=3
    ),
    "hbfp_pe_mixed_n5_e10": lambda: PE(Variant.MIXED, 5),
    "hbfp_pe_native_n1_e5": lambda: PE(Variant.NATIVE, 1, 5),
    "hbfp_pe_narrow_n5_e11": lambda: PE(Variant.NARROW, 5, 11),
    "hbfp_array_1x1_mixed_n1_e10": lambda: Array(Variant.MIXED, 1, 1, 1),
    "hbfp_array_2x3_native_n5_e8": lambda: Array(Variant.NATIVE, 2, 3, 5, 8),
    "hbfp_gemm_2x3_mixed_n4_e10_d32": lambda: GEMM(Engine(Variant.MIXED, 2, 3, 4)),
    "hbfp_gemm_1x1_native_n1_e5_d2_t1_r3": lambda: GEMM(
        Engine(Variant.NATIVE, 1, 1, 1, 5, depth=2, panel_tiles=1), random_bits=3
    ),
    "hbfp_fp32_mac_fused_n1_p0": lambda: FP32MAC(),
    "hbfp_fp32_mac_fused_n1_p5": lambda: FP32MAC(pipeline=5),
    "hbfp_fp32_mac_separate_n3": lambda: FP32MAC(3, fused=False, pipeline=1),
    "hbfp_bf16_mac_fp32_n2_p0": lambda: BF16MAC(2),
    "hbfp_bf16_mac_bf16_n1": lambda: BF16MAC(accumulate=Accumulation.BF16, pipeline=1),
    "hbfp_int8_mac_n5_p0": lambda: INT8MAC(5),
}
"""Units by the names that their designs must have."""

SAMPLES = ("hbfp_convert_m4_n5_e10_r11", "hbfp_dot_m4x6_n5_e10", "hbfp_dot_engine_m4_n5_e10")


@cache
def generated(name: str) -> Design:
    """Return the design of a variant, generated once for all tests."""
    return generate(VARIANTS[name]())


def digest(name: str) -> str:
    """Generate a variant anew and return a hash of its Verilog, description and control file."""
    design = generate(VARIANTS[name]())
    text = json.dumps([design.verilog, design.description.to_json(), design.control])
    return hashlib.sha256(text.encode()).hexdigest()
