"""What can be generated: every unit by its parameters, and configurations by their names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hbfp_hw.engine import Engine, Variant
from hbfp_hw.format import RANDOM_BITS, HBFPFormat, Rounding
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.rtl import FP32, MAC, Accumulate, Convert, Dot, DotEngine, Unit
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.baseline import BF16MAC, FP32MAC, INT8MAC
from hbfp_hw.rtl.core import LAYERS, QUEUE, Core
from hbfp_hw.rtl.gemm import GEMM
from hbfp_hw.rtl.pe import PE


@dataclass(frozen=True)
class Options:
    """Parameters of a unit of given formats; each unit takes those that it has.

    Members:
        a, b: Formats of the operands.
        rounding: The one rounding mode to build, or None for all three.
        random_bits: Random bits of stochastic rounding.
        pipeline: Register stages; None is the unit's default.
        free_running: As of :class:`~hbfp_hw.rtl.dot.Dot`.
        narrow_bits: As of :class:`~hbfp_hw.rtl.convert.Convert`.
        sign_magnitude: Whether mantissas are sign and magnitude, not two's complement.
    """

    a: HBFPFormat
    b: HBFPFormat
    rounding: Rounding | None = None
    random_bits: int = RANDOM_BITS
    pipeline: int | None = None
    free_running: bool = False
    narrow_bits: int | None = None
    sign_magnitude: bool = False

    @property
    def depth(self) -> dict[str, Any]:
        """The register stages as a keyword argument, if given."""
        return {} if self.pipeline is None else {"pipeline": self.pipeline}

    @property
    def code(self) -> dict[str, Any]:
        """The code of the mantissas as a keyword argument."""
        return {"sign_magnitude": self.sign_magnitude}

    @property
    def conversion(self) -> dict[str, Any]:
        """Parameters of units with converters."""
        return {"rounding": self.rounding, "random_bits": self.random_bits, **self.depth}


@dataclass(frozen=True)
class MixedOptions:
    """Parameters of a unit that computes in 4 and 6 bits; each unit takes those that it has.

    Members:
        variant: Kind of multipliers.
        block_size, exponent_bits: Sizes of the blocks.
        rows, columns: Processing elements of an array.
        depth, panel_tiles, random_bits: As of :class:`~hbfp_hw.rtl.gemm.GEMM`.
        sign_magnitude: As of :class:`~hbfp_hw.rtl.pe.PE`.
        bus_bits, queue, layers: As of :class:`~hbfp_hw.rtl.core.Core`.
    """

    variant: Variant
    block_size: int
    exponent_bits: int = 10
    rows: int = 1
    columns: int = 1
    depth: int = Engine.depth
    panel_tiles: int = Engine.panel_tiles
    random_bits: int = RANDOM_BITS
    sign_magnitude: bool = False
    bus_bits: int = 0
    queue: int = QUEUE
    layers: int = LAYERS

    @property
    def engine(self) -> Engine:
        """Sizes of the GEMM engine."""
        return Engine(
            *(self.variant, self.rows, self.columns, self.block_size, self.exponent_bits),
            depth=self.depth,
            panel_tiles=self.panel_tiles,
        )

    @property
    def array(self) -> Array:
        """The array."""
        return Array(self.variant, self.rows, self.columns, self.block_size, self.exponent_bits)


@dataclass(frozen=True)
class BaselineOptions:
    """Parameters of a baseline; each unit takes those that it has.

    Members:
        lanes: Pairs of a dot product.
        fused: As of :class:`~hbfp_hw.rtl.baseline.FP32MAC`.
        accumulate: As of :class:`~hbfp_hw.rtl.baseline.BF16MAC`.
        pipeline: Register stages.
    """

    lanes: int = 1
    fused: bool = True
    accumulate: Accumulation = Accumulation.FP32
    pipeline: int = 0

    @property
    def sizes(self) -> dict[str, int]:
        """Parameters of every baseline."""
        return {"lanes": self.lanes, "pipeline": self.pipeline}


FORMAT_UNITS: dict[str, Callable[[Options], Unit]] = {
    "convert": lambda options: Convert(
        options.a,
        **options.conversion,
        **options.code,
        narrow_bits=options.narrow_bits,
    ),
    "dot": lambda options: Dot(
        options.a,
        options.b,
        free_running=options.free_running,
        **options.depth,
        **options.code,
    ),
    "fp32": lambda options: FP32(options.a, options.b, **options.depth),
    "accumulate": lambda options: Accumulate(options.a, options.b, **options.depth),
    "mac": lambda options: MAC(options.a, options.b, **options.depth, **options.code),
    "dot_engine": lambda options: DotEngine(options.a, options.b, **options.conversion),
}
"""Units along the data path, each made from options."""

MIXED_UNITS: dict[str, Callable[[MixedOptions], Unit]] = {
    "pe": lambda options: PE(
        options.variant,
        options.block_size,
        options.exponent_bits,
        sign_magnitude=options.sign_magnitude,
    ),
    "array": lambda options: options.array,
    "gemm": lambda options: GEMM(options.engine, random_bits=options.random_bits),
    "core": lambda options: Core(
        options.engine,
        random_bits=options.random_bits,
        bus_bits=options.bus_bits,
        queue=options.queue,
        layers=options.layers,
    ),
}
"""Units whose operands have 4 or 6-bit mantissas, chosen while they run."""

BASELINE_UNITS: dict[str, Callable[[BaselineOptions], Unit]] = {
    "fp32_mac": lambda options: FP32MAC(fused=options.fused, **options.sizes),
    "bf16_mac": lambda options: BF16MAC(accumulate=options.accumulate, **options.sizes),
    "int8_mac": lambda options: INT8MAC(**options.sizes),
}
"""Units in other number formats, to compare with."""

UNITS: dict[str, Callable[[Any], Unit]] = {**FORMAT_UNITS, **MIXED_UNITS, **BASELINE_UNITS}
"""Every unit, made from options of its kind."""

SUMMARIES = {
    "convert": "FP32 values to one block, all rounding modes",
    "dot": "exact dot product of two blocks",
    "fp32": "round an exact sum to FP32; FP32 addition",
    "accumulate": "block dot products to FP32 sums",
    "mac": "exact dot product of two blocks, added to an FP32 number",
    "dot_engine": "the whole chain: FP32 operand blocks in, FP32 results out",
    "pe": "mixed 4/6-bit block dot products, added up in FP32",
    "array": "systolic array of processing elements",
    "gemm": "the engine: matrix products of any size, from FP32 to FP32",
    "core": "the engine behind AXI4-Stream and AXI4-Lite, with registers",
    "fp32_mac": "FP32 multiply-add or dot product, fused or separate",
    "bf16_mac": "BF16 multiply-add or dot product, FP32 or BF16 sums",
    "int8_mac": "INT8 multiply-add or dot product, 32-bit sums",
}
"""What each unit does, in a few words."""


def _named(unit: str, a: int, b: int, block_size: int, **parameters: Any) -> Callable[[], Unit]:
    options = Options(HBFPFormat(a, block_size), HBFPFormat(b, block_size), **parameters)
    return lambda: FORMAT_UNITS[unit](options)


def _mixed(
    unit: str, variant: Variant, block_size: int, lines: int = 1, **parameters: Any
) -> Callable[[], Unit]:
    options = MixedOptions(variant, block_size, rows=lines, columns=lines, **parameters)
    return lambda: MIXED_UNITS[unit](options)


CORE: dict[str, Any] = {"pipeline": 0, "sign_magnitude": True}
"""Combinational, and mantissas as converters give them at least cost: to compare area."""


def _baseline(unit: str, **parameters: Any) -> Callable[[], Unit]:
    options = BaselineOptions(**parameters)
    return lambda: BASELINE_UNITS[unit](options)


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
    **{
        f"mac_hbfp{bits}_n{block_size}": _named("mac", bits, bits, block_size, **CORE)
        for bits in (4, 6, 8)
        for block_size in (16, 64)
    },
    **{
        f"convert_nearest_hbfp{bits}_n64": _named(
            *("convert", bits, bits, 64), **CORE, rounding=Rounding.NEAREST
        )
        for bits in (4, 6)
    },
    **{
        f"pe_{variant.value}_n{block_size}": _mixed("pe", variant, block_size, sign_magnitude=True)
        for variant in Variant
        for block_size in (16, 64)
    },
    **{
        f"{unit}_{lines}x{lines}_{variant.value}_n{block_size}": _mixed(
            unit, variant, block_size, lines
        )
        for unit in ("array", "gemm")
        for lines, block_size in ((4, 64), (8, 16), (16, 16))
        for variant in (Variant.MIXED, Variant.NATIVE)
    },
    **{f"{unit}_8x8_mixed_n64": _mixed(unit, Variant.MIXED, 64, 8) for unit in ("array", "gemm")},
    "core_8x8_mixed_n16": _mixed("core", Variant.MIXED, 16, 8),
    **{unit: _baseline(unit) for unit in BASELINE_UNITS},
    "fp32_mac_separate": _baseline("fp32_mac", fused=False),
    "bf16_mac_bf16": _baseline("bf16_mac", accumulate=Accumulation.BF16),
    **{f"{unit}_n16": _baseline(unit, lanes=16) for unit in BASELINE_UNITS},
}
"""Named configurations, whose Verilog is kept in ``rtl_out``.

Plain names are dot engines; a baseline's own name is the unit with its default parameters.
"""
