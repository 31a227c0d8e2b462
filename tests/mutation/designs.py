"""Designs that get mutants: every unit in every mode that it has."""

from typing import Any, NamedTuple

from hbfp_hw.cosim.vectors.gemm import LongProduct
from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.options import BaselineOptions, FormatOptions, MixedOptions
from hbfp_hw.generation.registry import make_unit
from hbfp_hw.golden.bf16_mac import Accumulation

ROUNDS = (400, 400, 3000, 3000)
"""Vectors of each round, which starts from reset; rounds of odd numbers have stalls."""

PRODUCTS: dict[str, tuple[int | LongProduct, ...]] = {
    "gemm": (
        6,
        6,
        150,
        500,
        LongProduct("rows"),
        LongProduct("columns"),
        LongProduct("blocks"),
        LongProduct("columns", wide=True),
        LongProduct("columns", chunks=7),
    ),
    "array": (60, 60, 800, 2000),
}
"""The same for units whose vectors are whole products; some rounds have long products."""

QUICK_SEED = 7
QUICK_ROUNDS = {"gemm": (60, 60), "array": (150, 150)}
"""Vectors of each round in the quick test suite; other units have :data:`QUICK_VECTORS`."""

QUICK_VECTORS = (1500, 1500)


class Subject(NamedTuple):
    """A design with its mutants and vectors.

    Members:
        unit, options: The design. Its sizes are small, because each mutant costs time.
        mutants: Number of mutants.
        rounds: Vectors of each round, see :data:`ROUNDS`.
    """

    unit: str
    options: FormatOptions | MixedOptions | BaselineOptions
    mutants: int
    rounds: tuple[int | LongProduct, ...]

    @property
    def quick_rounds(self) -> tuple[int, int]:
        """Vectors of each round in the quick test suite."""
        return QUICK_ROUNDS.get(self.unit, QUICK_VECTORS)

    def design(self) -> Design:
        """Return the design."""
        return cached_design(make_unit(self.unit, self.options))


def _pair(unit: str, a: int, b: int, block_size: int, mutants: int, **options: Any) -> Subject:
    formats = HBFPFormat(a, block_size, 6), HBFPFormat(b, block_size, 6)
    return Subject(unit, FormatOptions(*formats, **options), mutants, ROUNDS)


def _mixed(unit: str, variant: Variant, block_size: int, mutants: int, **given: Any) -> Subject:
    options = MixedOptions(variant, block_size, **given)
    return Subject(unit, options, mutants, PRODUCTS.get(unit, ROUNDS))


def _baseline(unit: str, mutants: int, **options: Any) -> Subject:
    return Subject(unit, BaselineOptions(**options), mutants, ROUNDS)


SUBJECTS = {
    "convert": _pair("convert", 4, 4, 3, 20, random_bits=3, pipeline=0),
    "convert_sm": _pair(
        "convert",
        6,
        6,
        2,
        15,
        random_bits=4,
        pipeline=2,
        narrow_bits=4,
        sign_magnitude=True,
    ),
    "dot": _pair("dot", 5, 3, 3, 15),
    "dot_sm": _pair("dot", 4, 4, 3, 15, pipeline=2, free_running=True, sign_magnitude=True),
    "fp32": _pair("fp32", 4, 4, 2, 20, pipeline=0),
    "fp32_wide": _pair("fp32", 16, 16, 3, 20, pipeline=1),
    "accumulate": _pair("accumulate", 4, 4, 2, 20, pipeline=0),
    "mac": _pair("mac", 4, 6, 2, 20, sign_magnitude=True, pipeline=0),
    "dot_engine": _pair("dot_engine", 4, 6, 2, 15, rounding=Rounding.NEAREST),
    "pe_mixed": _mixed("pe", Variant.MIXED, 2, 20),
    "pe_mixed_sm": _mixed("pe", Variant.MIXED, 3, 15, exponent_bits=7, sign_magnitude=True),
    "pe_native": _mixed("pe", Variant.NATIVE, 2, 12, exponent_bits=8),
    "pe_narrow": _mixed("pe", Variant.NARROW, 2, 12, exponent_bits=5),
    "fp32_mac": _baseline("fp32_mac", 15, pipeline=1),
    "fp32_mac_separate": _baseline("fp32_mac", 15, lanes=2, fused=False),
    "bf16_mac": _baseline("bf16_mac", 15),
    "bf16_mac_bf16": _baseline("bf16_mac", 12, lanes=2, accumulate=Accumulation.BF16, pipeline=1),
    "int8_mac": _baseline("int8_mac", 12, lanes=3, pipeline=1),
}
"""Designs that are compiled together, in one bundle."""

ALONE = {
    "gemm": _mixed("gemm", Variant.MIXED, 2, 30, rows=2, columns=1, depth=4, panel_tiles=2),
    "array": _mixed("array", Variant.NATIVE, 2, 12, rows=2, columns=2, exponent_bits=8),
    "array_mixed": _mixed("array", Variant.MIXED, 2, 12, rows=2, columns=1),
}
"""Designs that are compiled alone. An array has no handshakes, so it cannot be idle in a bundle.
The long products of ``gemm`` would slow down every design of a bundle."""

CORE = {
    "core": Subject(
        "core",
        MixedOptions(
            Variant.MIXED, 2, rows=2, columns=1, depth=2, panel_tiles=1, queue=2, layers=4
        ),
        20,
        (),
    )
}
"""The core, whose mutants are in the logic around the engine."""
