"""The processing element: mixed 4/6-bit block dot products, added up in FP32."""

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat
from hbfp_hw.rtl.accumulate import MARKER
from hbfp_hw.rtl.bits import elements, named
from hbfp_hw.rtl.blocks import block_shape, code_suffix
from hbfp_hw.rtl.cell import LOW_BITS, Cell, CellFormat
from hbfp_hw.rtl.fields import FP32_FIELDS
from hbfp_hw.rtl.multiplier_array import Planes
from hbfp_hw.rtl.unit import Unit


class PE(Unit):
    """A cell behind streams, with the sequence of passes that each block needs.

    4x4, 4x6, 6x4 and 6x6-bit block dot products are exact, rounded once to FP32 and added to a
    running FP32 sum. The mixed variant has 4-bit-class multipliers and takes 1, 2, 2 or 4 cycles
    for a block, the native one 6-bit multipliers and one cycle for any. The widths are chosen block
    by block, and a change of widths costs nothing. A sum starts from C at the block marked
    ``first`` and is handed out after the one marked ``last``.

    A 6-bit magnitude is ``8 * high + low``, so with passes in the order high x high, high x low,
    low x high, low x low the sum is built as in Horner's rule, shifted by 3 bits before the second
    and the last.

    Parameters:
        variant: Kind of multipliers.
        block_size: Lanes N.
        exponent_bits: Bits of the shared exponents, 5 to 11.
        sign_magnitude: Whether mantissas come in as sign and magnitude, not in two's complement.

    Members:
        i: Stream of block pairs: ``a`` and ``b`` are 6-bit blocks; with ``wide_a`` or ``wide_b``
            low the operand counts as a 4-bit block, and its mantissas must be in -7 to 7. (The
            narrow variant takes 4-bit blocks, without the flags.)
        i_marker: Stream of :data:`~hbfp_hw.rtl.accumulate.MARKER`, one for each pair.
        o: Stream of FP32 bit patterns.

    Raises:
        TypeError: The variant is not a Variant, or a number is of the wrong kind.
        ValueError: A number is out of range.
    """

    unit = "pe"
    encodings = FP32_FIELDS
    meanings: Mapping[str, str] = {
        "i": "two blocks",
        "i_marker": "start value and limits of the sum that the blocks belong to",
        "o": "FP32 sum",
    }

    def __init__(
        self,
        variant: Variant,
        block_size: int,
        exponent_bits: int = 10,
        *,
        sign_magnitude: bool = False,
    ):
        self.fmt = CellFormat(variant, block_size, exponent_bits)
        self.sign_magnitude = sign_magnitude
        block = block_shape(self.fmt.blocks, sign_magnitude)
        fields: dict[str, Any] = {"a": block, "b": block}
        if variant is not Variant.NARROW:
            fields |= {"wide_a": unsigned(1), "wide_b": unsigned(1)}
        super().__init__(
            {
                "i": In(stream.Signature(data.StructLayout(fields))),
                "i_marker": In(stream.Signature(MARKER)),
                "o": Out(stream.Signature(unsigned(32))),
            }
        )

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "variant": self.fmt.variant.value,
            "block_size": self.fmt.block_size,
            "exponent_bits": self.fmt.exponent_bits,
            "sign_magnitude": self.sign_magnitude,
        }

    @property
    def suffix(self) -> str:
        return self.fmt.suffix + code_suffix(self.sign_magnitude)

    @property
    def latency(self) -> int:
        return Cell.RESULT_DELAY

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.cell = cell = Cell(self.fmt)
        payload = self.i.payload
        offered = named(m, self.i.valid & self.i_marker.valid, "offered")
        high_a, high_b, start, complete = self._sequence(m, offered, cell.enable)
        taken = named(m, cell.enable & complete, "taken")
        m.d.comb += [
            cell.enable.eq(~cell.done | self.o.ready),
            self.i.ready.eq(taken & self.i_marker.valid),
            self.i_marker.ready.eq(taken & self.i.valid),
            cell.a.control.clear.eq(start),
            cell.a.control.shift.eq(~high_b),
            cell.a.control.complete.eq(offered & complete),
            cell.a.control.first.eq(self.i_marker.payload.first),
            cell.a.control.last.eq(self.i_marker.payload.last),
            self.o.valid.eq(cell.done),
            self.o.payload.eq(cell.y),
        ]
        # C travels beside the cell, to be there when its block is added.
        c: Value = self.i_marker.payload.c
        for _ in range(Cell.START_DELAY):
            delayed = Signal(32, name="start", reset_less=True)
            with m.If(cell.enable):
                m.d.sync += delayed.eq(c)
            c = delayed
        m.d.comb += cell.c.eq(c)

        narrow = self.fmt.variant is Variant.NARROW
        for block, port, high, wide in (
            ("a", cell.a, high_a, None if narrow else payload.wide_a),
            ("b", cell.b, high_b, None if narrow else payload.wide_b),
        ):
            exponent = payload[block].exponent
            m.d.comb += port.exponent.eq(
                scaled_exponent(m, self.fmt.blocks, self.fmt.scaled, exponent, wide)
            )
            lanes = elements(payload, block, "mantissas")
            planes = Planes.of_lanes(m, lanes, self.sign_magnitude)
            m.d.comb += port.signs.eq(planes.signs)
            for bit in range(self.fmt.chunk_bits):
                m.d.comb += port.magnitude[bit].eq(self._chunk(planes.magnitude, bit, high))
        return m

    def _sequence(
        self, m: Module, offered: Value, enable: Value
    ) -> tuple[Value, Value, Value, Value]:
        """Chunks of this pass, whether it is a block's first, and whether its last."""
        if self.fmt.variant is not Variant.MIXED:
            return Signal(), Signal(), Signal(init=1), Signal(init=1)
        wide_a, wide_b = self.i.payload.wide_a, self.i.payload.wide_b
        return pass_sequence(m, wide_a, wide_b, offered & enable)

    def _chunk(self, magnitude: tuple[Value, ...], bit: int, high: Value) -> Value:
        """The plane of a magnitude that is this bit of the part which takes part in a pass."""
        low = magnitude[bit]
        if self.fmt.variant is not Variant.MIXED:
            return low
        upper = bit + LOW_BITS
        return Mux(high, magnitude[upper] if upper < len(magnitude) else 0, low)


def pass_sequence(
    m: Module, wide_a: Value, wide_b: Value, step: Value
) -> tuple[Value, Value, Value, Value]:
    """The passes of a mixed cell: high parts first, the left operand's in the outer loop.

    Returns:
        Whether ``a`` and ``b`` give their high parts in this pass, whether the pass is the block's
        first, and whether it is its last. They move on with ``step``.
    """
    start = Signal(init=1)
    state_a, state_b = Signal(), Signal()
    high_a = named(m, Mux(start, wide_a, state_a), "high_a")
    high_b = named(m, Mux(start, wide_b, state_b), "high_b")
    complete = named(m, ~(high_a | high_b), "complete")
    with m.If(step):
        m.d.sync += [
            start.eq(complete),
            state_a.eq(high_a & high_b),
            state_b.eq(high_a & ~high_b & wide_b),
        ]
    return high_a, high_b, start, complete


def chunk(fmt: CellFormat, magnitude: Value, high: Value) -> Value:
    """The part of a magnitude that takes part in a pass."""
    if fmt.variant is not Variant.MIXED:
        return magnitude
    return Mux(high, magnitude[LOW_BITS:], magnitude[:LOW_BITS])


def scaled_exponent(
    m: Module, blocks: HBFPFormat, scaled: HBFPFormat, exponent: Value, wide: Value | None
) -> Value:
    """A block's exponent as cells take it, see :attr:`~hbfp_hw.rtl.cell.CellFormat.scaled`."""
    nan = exponent == blocks.nan_exponent
    raised = exponent if wide is None else exponent + Cat(Const(0, 1), ~wide)
    result = Signal(signed(scaled.exponent_bits), name="scaled_exponent")
    m.d.comb += result.eq(Mux(nan, scaled.nan_exponent, raised))
    return result
