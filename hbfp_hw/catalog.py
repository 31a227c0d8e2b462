"""What can be generated: every unit by its parameters, and configurations by their names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden.convert import RANDOM_BITS
from hbfp_hw.rtl import FP32, Accumulate, Convert, Dot, DotEngine, Unit


@dataclass(frozen=True)
class Options:
    """Parameters of a unit as a user gives them; each unit takes those that it has.

    Members:
        a, b: Formats of the operands.
        rounding: The one rounding mode to build, or None for all three.
        random_bits: Random bits of stochastic rounding.
        pipeline: Register stages; None is the unit's default.
    """

    a: HBFPFormat
    b: HBFPFormat
    rounding: Rounding | None = None
    random_bits: int = RANDOM_BITS
    pipeline: int | None = None

    @property
    def depth(self) -> dict[str, int]:
        """The register stages as a keyword argument, if given."""
        return {} if self.pipeline is None else {"pipeline": self.pipeline}

    @property
    def conversion(self) -> dict[str, Any]:
        """Parameters of units with converters."""
        return {"rounding": self.rounding, "random_bits": self.random_bits, **self.depth}


UNITS: dict[str, Callable[[Options], Unit]] = {
    "convert": lambda options: Convert(options.a, **options.conversion),
    "dot": lambda options: Dot(options.a, options.b, **options.depth),
    "fp32": lambda options: FP32(options.a, options.b, **options.depth),
    "accumulate": lambda options: Accumulate(options.a, options.b, **options.depth),
    "dot_engine": lambda options: DotEngine(options.a, options.b, **options.conversion),
}
"""Units along the data path, each made from options."""

SUMMARIES = {
    "convert": "FP32 values to one block, all rounding modes",
    "dot": "exact dot product of two blocks",
    "fp32": "round an exact sum to FP32; FP32 addition",
    "accumulate": "block dot products to FP32 sums",
    "dot_engine": "the whole chain: FP32 operand blocks in, FP32 results out",
}
"""What each unit does, in a few words."""


def _named(unit: str, a: int, b: int, block_size: int) -> Callable[[], Unit]:
    options = Options(HBFPFormat(a, block_size), HBFPFormat(b, block_size))
    return lambda: UNITS[unit](options)


CATALOG: dict[str, Callable[[], Unit]] = {
    **{
        f"hbfp{bits}_n{block_size}": _named("dot_engine", bits, bits, block_size)
        for bits in (4, 6, 8)
        for block_size in (16, 64)
    },
    "hbfp4x6_n16": _named("dot_engine", 4, 6, 16),
    **{
        f"{unit}_hbfp{bits}_n64": _named(unit, bits, bits, 64)
        for unit in ("convert", "dot", "accumulate")
        for bits in (4, 6)
    },
    "fp32_hbfp4_n64": _named("fp32", 4, 4, 64),
}
"""Named configurations, whose Verilog is kept in ``rtl_out``; plain names are dot engines."""
