"""The cell of an array: operands handed on, one dot product per pass, an FP32 accumulator."""

from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import NARROW_BITS, RESULT_DELAY, START_DELAY, WIDE_BITS, Variant
from hbfp_hw.format import HBFPFormat, check_integer
from hbfp_hw.helpers.packed_array import PackedArray
from hbfp_hw.rtl.adder import Adder
from hbfp_hw.rtl.bits import elements, named
from hbfp_hw.rtl.dot import product_layout
from hbfp_hw.rtl.multiplier_array import Planes, sum_lanes
from hbfp_hw.rtl.normalise import Normaliser, term_layout

LOW_BITS = NARROW_BITS - 1
"""Magnitude bits of a narrow mantissa, and of the low part of a wide one."""

CONTROL = data.StructLayout(
    {
        "clear": unsigned(1),
        "shift": unsigned(1),
        "complete": unsigned(1),
        "first": unsigned(1),
        "last": unsigned(1),
    }
)
"""What travels with the operands of a pass.

``clear`` starts a new block's sum, ``shift`` weighs the sum so far by 2**3 before this pass is
added, and ``complete`` says that the sum is whole. Only with ``complete``: ``first`` starts the
FP32 sum from C, and ``last`` closes it.
"""


@dataclass(frozen=True)
class CellFormat:
    """Sizes of a cell and of the words that its neighbours hand it.

    Parameters:
        variant: Kind of multipliers.
        block_size: Lanes N.
        exponent_bits: Bits of the blocks' shared exponent, 5 to 11.
    """

    variant: Variant
    block_size: int
    exponent_bits: int = 10

    def __post_init__(self) -> None:
        if not isinstance(self.variant, Variant):
            raise TypeError(f"Variant must be a Variant, not {self.variant!r}")
        check_integer("Block size", self.block_size, 1, 1024)
        check_integer("Exponent width", self.exponent_bits, 5, 11)

    @property
    def blocks(self) -> HBFPFormat:
        """Widest format of the operands' blocks."""
        narrow = self.variant is Variant.NARROW
        return HBFPFormat(NARROW_BITS if narrow else WIDE_BITS, self.block_size, self.exponent_bits)

    @property
    def scaled(self) -> HBFPFormat:
        """Format as which every block is multiplied: that of the wide mantissas.

        A narrow mantissa counts as a wide one of a quarter: its exponent is 2 larger, for which
        the exponent has one bit more than in the blocks.
        """
        blocks = self.blocks
        return HBFPFormat(blocks.mantissa_bits, self.block_size, self.exponent_bits + 1)

    @property
    def chunk_bits(self) -> int:
        """Magnitude bits of a mantissa that take part in one pass."""
        return WIDE_BITS - 1 if self.variant is Variant.NATIVE else LOW_BITS

    def chunk_layout(self, *, control: bool) -> data.StructLayout:
        """What one edge of a cell takes in a pass: a chunk of each mantissa and the exponent."""
        lane = data.StructLayout({"magnitude": unsigned(self.chunk_bits), "sign": unsigned(1)})
        fields: dict[str, Any] = {
            "lanes": PackedArray(lane, self.block_size),
            "exponent": signed(self.exponent_bits + 1),
        }
        if control:
            fields["control"] = CONTROL
        return data.StructLayout(fields)

    @property
    def pass_bits(self) -> int:
        """Bits of the signed sum of one pass."""
        return (self.block_size * ((1 << self.chunk_bits) - 1) ** 2).bit_length() + 1

    def plane_layout(self, *, control: bool) -> data.StructLayout:
        """The same as cells hand it on: bit planes, in which bit k of a vector is of lane k."""
        lanes = unsigned(self.block_size)
        fields: dict[str, Any] = {
            "signs": lanes,
            "magnitude": PackedArray(lanes, self.chunk_bits),
            "exponent": signed(self.exponent_bits + 1),
        }
        if control:
            fields["control"] = CONTROL
        return data.StructLayout(fields)

    def to_planes(self, chunk: "data.View[Any]", planes: Value) -> list[Any]:
        """Connect planes (:meth:`plane_layout`) to a chunk (:meth:`chunk_layout`)."""
        lanes = elements(chunk, "lanes")
        bits = range(self.chunk_bits)
        return [
            planes.signs.eq(Cat(lane.sign for lane in lanes)),
            *(planes.magnitude[bit].eq(Cat(lane.magnitude[bit] for lane in lanes)) for bit in bits),
            *(
                planes[key].eq(chunk[key])
                for key, _ in planes.shape()
                if key in ("exponent", "control")
            ),
        ]

    @property
    def suffix(self) -> str:
        """The sizes as they stand in names."""
        return f"{self.variant.value}_n{self.block_size}_e{self.exponent_bits}"

    @property
    def cell_name(self) -> str:
        """Name of the cell's module."""
        return f"hbfp_cell_{self.suffix}"


class Cell(wiring.Component):
    """One processing element of an array, without a handshake.

    Operands and control are multiplied as they come in, and handed on to the right and downwards
    one cycle later; so the cells at the far edges, whose outputs nobody takes, need no registers
    for that. The block's sum is rounded in the next cycle, and added to the accumulator in the one
    after that. Passes may follow one another without a gap, whatever their widths.

    Parameters:
        fmt: Sizes.

    Members:
        enable: Freezes every register when low; an array ties it high.
        a, b: Operand chunks, control with ``a``.
        a_out, b_out: The same one cycle later.
        c: FP32 start value, read :data:`START_DELAY` cycles after the block marked ``first`` and
            ``complete`` came in.
        y: FP32 sum, valid with ``done`` :data:`RESULT_DELAY` cycles after the block marked
            ``last`` and ``complete`` came in; zero without ``done``, so that the cells of a column
            can share a bus.
    """

    START_DELAY = START_DELAY
    RESULT_DELAY = RESULT_DELAY

    def __init__(self, fmt: CellFormat):
        self.fmt = fmt
        a, b = fmt.plane_layout(control=True), fmt.plane_layout(control=False)
        super().__init__(
            {
                "enable": In(1),
                "a": In(a),
                "b": In(b),
                "a_out": Out(a),
                "b_out": Out(b),
                "c": In(32),
                "y": Out(32),
                "done": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        scaled = self.fmt.scaled
        terms = term_layout(scaled, scaled)
        m.submodules.multipliers = multipliers = Module()
        m.submodules.tree = tree = Module()
        m.submodules.exponent = exponents = Module()
        m.submodules.normalise = normalise = Normaliser(scaled, scaled)
        m.submodules.accumulate = adder = Adder(terms)
        product = Signal(product_layout(scaled, scaled), reset_less=True)
        term = Signal(terms, reset_less=True)
        accumulator = Signal(32, reset_less=True)
        adding = Signal(CONTROL)

        # What is handed on. Only the control is reset: without it, whatever the other registers
        # hold has no effect.
        a = Signal(self.fmt.plane_layout(control=False), reset_less=True)
        b = Signal(self.fmt.plane_layout(control=False), reset_less=True)
        rounding = Signal(CONTROL)

        control = self.a.control
        bits = range(self.fmt.chunk_bits)
        left, right = (
            Planes(port.signs, tuple(port.magnitude[bit] for bit in bits))
            for port in (self.a, self.b)
        )
        total = sum_lanes(multipliers, tree, left, right, self.fmt.pass_bits)
        if self.fmt.variant is Variant.MIXED:
            shifted = Mux(control.shift, product.sum << LOW_BITS, product.sum)
            total = (Mux(control.clear, 0, shifted) + total)[: len(product.sum)]
        exponent = named(exponents, self.a.exponent + self.b.exponent, "exponent_sum")
        reserved = scaled.nan_exponent
        nan = (self.a.exponent == reserved) | (self.b.exponent == reserved)

        complete = rounding.complete
        with m.If(self.enable):
            m.d.sync += [
                a.signs.eq(self.a.signs),
                a.magnitude.eq(self.a.magnitude),
                a.exponent.eq(self.a.exponent),
                b.eq(self.b),
                rounding.eq(control),
                product.sum.eq(total),
                product.exponent.eq(exponent),
                product.nan.eq(named(exponents, nan, "nan_pair")),
                term.eq(normalise.term),
                term.sign.eq(normalise.term.sign | ~complete),
                adding.eq(rounding),
                accumulator.eq(adder.total),
                self.done.eq(adding.complete & adding.last),
            ]
        m.d.comb += [
            self.a_out.signs.eq(a.signs),
            self.a_out.magnitude.eq(a.magnitude),
            self.a_out.exponent.eq(a.exponent),
            self.a_out.control.eq(rounding),
            self.b_out.eq(b),
            # As long as a block is not complete, -0 is added, which changes nothing.
            normalise.product.sum.eq(product.sum & complete.replicate(len(product.sum))),
            normalise.product.exponent.eq(product.exponent),
            normalise.product.nan.eq(product.nan & complete),
            adder.addend.eq(Mux(adding.complete & adding.first, self.c, accumulator)),
            adder.term.eq(term),
            self.y.eq(accumulator & self.done.replicate(32)),
        ]
        return m
