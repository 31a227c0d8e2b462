"""Options of units: the parameters that a user chooses, one class for each kind of unit.

The units of a kind share one class of options. Each unit reads the options that it has and ignores
the others.
"""

from dataclasses import dataclass
from typing import TypedDict

from hbfp_hw.engine import Engine, Variant
from hbfp_hw.format import RANDOM_BITS, HBFPFormat, Rounding
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.core import LAYERS, QUEUE


class PipelineArgument(TypedDict, total=False):
    """Pipeline depth as the keyword argument ``pipeline``; absent for the unit's default."""

    pipeline: int


class BaselineSizes(TypedDict):
    """Keyword arguments of every baseline."""

    lanes: int
    pipeline: int


@dataclass(frozen=True)
class FormatOptions:
    """Options of a unit whose operands have formats fixed at generation.

    Members:
        a, b: Formats of the operands.
        rounding: The one rounding mode to build, or None for all three.
        random_bits: Random bits of stochastic rounding.
        pipeline: Register stages; None is the unit's default.
        free_running: See :class:`~hbfp_hw.rtl.dot.Dot`.
        narrow_bits: See :class:`~hbfp_hw.rtl.convert.Convert`.
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
    def pipeline_argument(self) -> PipelineArgument:
        """The pipeline depth as a keyword argument; unrelated to ``MixedOptions.depth``."""
        if self.pipeline is None:
            return PipelineArgument()
        return PipelineArgument(pipeline=self.pipeline)


@dataclass(frozen=True)
class MixedOptions:
    """Options of a unit whose operands have 4 or 6-bit mantissas, chosen at run time.

    Members:
        variant: Kind of multipliers.
        block_size, exponent_bits: Sizes of the blocks.
        rows, columns: Rows and columns of cells in the array.
        depth: Largest number of blocks along K in a chunk (:class:`~hbfp_hw.engine.Engine`), which
            is unrelated to the pipeline depth in :attr:`FormatOptions.pipeline`.
        panel_tiles: See :class:`~hbfp_hw.engine.Engine`.
        random_bits: See :class:`~hbfp_hw.rtl.gemm.GEMM`.
        sign_magnitude: See :class:`~hbfp_hw.rtl.pe.PE`.
        bus_bits, queue, layers: See :class:`~hbfp_hw.rtl.core.Core`.
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
            self.variant,
            self.rows,
            self.columns,
            self.block_size,
            self.exponent_bits,
            depth=self.depth,
            panel_tiles=self.panel_tiles,
        )

    @property
    def array(self) -> Array:
        """The array."""
        return Array(self.variant, self.rows, self.columns, self.block_size, self.exponent_bits)


@dataclass(frozen=True)
class BaselineOptions:
    """Options of a baseline.

    Members:
        lanes: Pairs of operands in a dot product.
        fused: See :class:`~hbfp_hw.rtl.baseline.FP32MAC`.
        accumulate: See :class:`~hbfp_hw.rtl.baseline.BF16MAC`.
        pipeline: Register stages.
    """

    lanes: int = 1
    fused: bool = True
    accumulate: Accumulation = Accumulation.FP32
    pipeline: int = 0

    @property
    def sizes(self) -> BaselineSizes:
        """The options that every baseline has, as keyword arguments."""
        return BaselineSizes(lanes=self.lanes, pipeline=self.pipeline)


UnitOptions = FormatOptions | MixedOptions | BaselineOptions
"""Options of any unit."""
