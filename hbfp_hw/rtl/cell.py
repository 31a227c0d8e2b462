"""The cell of an array: it passes operands on, and adds up block dot products in FP32."""

from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Module, Mux, ShapeLike, Signal, Value, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import NARROW_BITS, RESULT_DELAY, START_DELAY, WIDE_BITS, Variant
from hbfp_hw.format import HBFPFormat, check_integer
from hbfp_hw.helpers.packed_array import PackedArray
from hbfp_hw.rtl.adder import Adder
from hbfp_hw.rtl.bits import elements, named
from hbfp_hw.rtl.dot import product_layout
from hbfp_hw.rtl.multiplier_array import Planes, sum_of_products
from hbfp_hw.rtl.normalise import Normaliser, term_layout
from hbfp_hw.rtl.passes import DIGIT_BITS

CONTROL = data.StructLayout(
    {
        "clear": unsigned(1),
        "shift": unsigned(1),
        "complete": unsigned(1),
        "first": unsigned(1),
        "last": unsigned(1),
    }
)
"""Control that travels with the operands of a pass.

Fields: ``clear`` starts the sum of a new block; ``shift`` multiplies the sum so far by 2**3 before
this pass is added; ``complete`` marks the last pass of a block. Valid only with ``complete``:
``first`` starts the FP32 sum from C, and ``last`` ends it.
"""


@dataclass(frozen=True)
class CellFormat:
    """Sizes of a cell and of the words that cells pass on to each other.

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
        """Format in which every block is multiplied: that of the widest mantissas.

        A narrow mantissa has the same value as a wide mantissa of the same integer, if the exponent
        is raised by 2. Therefore the exponent has one bit more than in the blocks.
        """
        blocks = self.blocks
        return HBFPFormat(blocks.mantissa_bits, self.block_size, self.exponent_bits + 1)

    @property
    def digit_bits(self) -> int:
        """Bits of a magnitude that take part in one pass: a digit, or all in the native variant."""
        return WIDE_BITS - 1 if self.variant is Variant.NATIVE else DIGIT_BITS

    def pass_layout(self, *, control: bool) -> data.StructLayout:
        """Return one operand of a pass as an array takes it at its edge.

        Fields: ``lanes`` (sign and digit of each mantissa), ``exponent`` and, for the operand with
        control, ``control`` (:data:`CONTROL`).
        """
        lane = data.StructLayout({"magnitude": unsigned(self.digit_bits), "sign": unsigned(1)})
        fields: dict[str, ShapeLike] = {
            "lanes": PackedArray(lane, self.block_size),
            "exponent": signed(self.exponent_bits + 1),
        }
        if control:
            fields["control"] = CONTROL
        return data.StructLayout(fields)

    @property
    def pass_bits(self) -> int:
        """Bits of the signed sum of one pass."""
        return (self.block_size * ((1 << self.digit_bits) - 1) ** 2).bit_length() + 1

    def plane_layout(self, *, control: bool) -> data.StructLayout:
        """Return the same operand as cells pass it on: bit k of a vector belongs to lane k."""
        lanes = unsigned(self.block_size)
        fields: dict[str, ShapeLike] = {
            "signs": lanes,
            "magnitude": PackedArray(lanes, self.digit_bits),
            "exponent": signed(self.exponent_bits + 1),
        }
        if control:
            fields["control"] = CONTROL
        return data.StructLayout(fields)

    def to_planes(self, operand: "data.View[Any]", planes: Value) -> list[Any]:
        """Return the statements that drive planes (:meth:`plane_layout`) from an operand."""
        lanes = elements(operand, "lanes")
        bits = range(self.digit_bits)
        return [
            planes.signs.eq(Cat(lane.sign for lane in lanes)),
            *(planes.magnitude[bit].eq(Cat(lane.magnitude[bit] for lane in lanes)) for bit in bits),
            *(
                planes[key].eq(operand[key])
                for key, _ in planes.shape()
                if key in ("exponent", "control")
            ),
        ]

    @property
    def suffix(self) -> str:
        """Sizes as they stand in names of designs."""
        return f"{self.variant.value}_n{self.block_size}_e{self.exponent_bits}"

    @property
    def cell_name(self) -> str:
        """Name of the cell's module."""
        return f"hbfp_cell_{self.suffix}"


class Cell(wiring.Component):
    """One position of an array, without a handshake.

    The cell multiplies operands in the cycle in which they come in, and passes them and the control
    on to the right and downwards one cycle later. The cells at the far edges need no registers for
    that: synthesis removes them, as nothing reads their outputs. The block's sum is rounded in the
    next cycle, and added to the accumulator in the cycle after that. Passes may follow one another
    without a gap, whatever their widths.

    Parameters:
        fmt: Sizes.

    Members:
        enable: In. While deasserted, every register keeps its value; an array ties it high.
        a, b: In. Operands of a pass (:meth:`CellFormat.plane_layout`), control with ``a``. Without
            ``complete`` they have no visible effect.
        a_out, b_out: Out. ``a`` and ``b`` of the cycle before.
        c: In. FP32 start value, read :data:`START_DELAY` cycles after the last pass of the block
            marked ``first``; ignored in other cycles.
        y: Out. FP32 sum, valid with ``done``; zero otherwise, so that the cells of a column can
            share a bus.
        done: Out. Strobe, asserted :data:`RESULT_DELAY` cycles after the last pass of the block
            marked ``last``.
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

        # Operands to pass on. Only the control is reset: the other registers have no effect
        # without it.
        a = Signal(self.fmt.plane_layout(control=False), reset_less=True)
        b = Signal(self.fmt.plane_layout(control=False), reset_less=True)
        rounding = Signal(CONTROL)

        control = self.a.control
        bits = range(self.fmt.digit_bits)
        left, right = (
            Planes(port.signs, tuple(port.magnitude[bit] for bit in bits))
            for port in (self.a, self.b)
        )
        total = sum_of_products(multipliers, tree, left, right, self.fmt.pass_bits)
        if self.fmt.variant is Variant.MIXED:
            shifted = Mux(control.shift, product.sum << DIGIT_BITS, product.sum)
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
            # While no block is complete, -0 is added, which leaves the sum unchanged.
            normalise.product.sum.eq(product.sum & complete.replicate(len(product.sum))),
            normalise.product.exponent.eq(product.exponent),
            normalise.product.nan.eq(product.nan & complete),
            adder.addend.eq(Mux(adding.complete & adding.first, self.c, accumulator)),
            adder.term.eq(term),
            self.y.eq(accumulator & self.done.replicate(32)),
        ]
        return m
