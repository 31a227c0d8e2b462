"""The processing element: block dot products of 4-bit and 6-bit mantissas, added up in FP32."""

from collections.abc import Mapping

from amaranth.hdl import Module, Mux, ShapeLike, Signal, Value, unsigned
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import Variant
from hbfp_hw.rtl.accumulate import MARKER
from hbfp_hw.rtl.bits import elements, named
from hbfp_hw.rtl.blocks import block_shape, code_suffix, scaled_exponent
from hbfp_hw.rtl.cell import Cell, CellFormat
from hbfp_hw.rtl.fields import FP32_FIELDS
from hbfp_hw.rtl.multiplier_array import Planes
from hbfp_hw.rtl.passes import DIGIT_BITS, pass_sequence
from hbfp_hw.rtl.unit import Parameters, Unit


class PE(Unit):
    """A cell behind streams, with the sequence of passes that each block needs.

    Block dot products of 4x4, 4x6, 6x4 and 6x6 bits are exact, rounded once to FP32 and added to a
    running FP32 sum. The mixed variant has multipliers for 4 bits and takes 1, 2, 2 or 4 cycles for
    a block; the native variant has multipliers for 6 bits and takes one cycle for any. Widths are
    chosen block by block, and changing them costs no cycle. A sum starts from C at the block marked
    ``first`` and leaves after the block marked ``last``.

    A 6-bit magnitude is ``8 * high + low``. The passes multiply high x high, high x low, low x high
    and low x low digits, in this order, and build the sum as in Horner's rule: it is shifted by 3
    bits before the second and the last pass.

    Parameters:
        variant: Kind of multipliers.
        block_size: Lanes N.
        exponent_bits: Bits of the shared exponents, 5 to 11.
        sign_magnitude: Whether mantissas come in as sign and magnitude, not in two's complement.

    Members:
        i: In. Stream of block pairs: ``a`` and ``b`` are 6-bit blocks. With ``wide_a`` or
            ``wide_b`` deasserted the operand counts as a 4-bit block, and its mantissas must be in
            -7 to 7. (The narrow variant takes 4-bit blocks and has no flags.)
        i_marker: In. Stream of :data:`~hbfp_hw.rtl.accumulate.MARKER`, one for each pair.
        o: Out. Stream of FP32 bit patterns.

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
        fields: dict[str, ShapeLike] = {"a": block, "b": block}
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
    def parameters(self) -> Parameters:
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
        variant = self.fmt.variant
        widths: tuple[Value | None, Value | None] = (None, None)
        if variant is not Variant.NARROW:
            widths = payload.wide_a, payload.wide_b
        now = pass_sequence(m, variant, *widths, offered & cell.enable)
        taken = named(m, cell.enable & now.last, "taken")
        m.d.comb += [
            cell.enable.eq(~cell.done | self.o.ready),
            self.i.ready.eq(taken & self.i_marker.valid),
            self.i_marker.ready.eq(taken & self.i.valid),
            cell.a.control.clear.eq(now.first),
            cell.a.control.shift.eq(~now.high_b),
            cell.a.control.complete.eq(offered & now.last),
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

        for block, port, high, wide in (
            ("a", cell.a, now.high_a, widths[0]),
            ("b", cell.b, now.high_b, widths[1]),
        ):
            exponent = payload[block].exponent
            m.d.comb += port.exponent.eq(
                scaled_exponent(m, self.fmt.blocks, self.fmt.scaled, exponent, wide)
            )
            lanes = elements(payload, block, "mantissas")
            planes = Planes.of_lanes(m, lanes, self.sign_magnitude)
            m.d.comb += port.signs.eq(planes.signs)
            for bit in range(self.fmt.digit_bits):
                m.d.comb += port.magnitude[bit].eq(self._digit(planes.magnitude, bit, high))
        return m

    def _digit(self, magnitude: tuple[Value, ...], bit: int, high: Value) -> Value:
        """Return the plane of a bit of the digits that take part in a pass."""
        low = magnitude[bit]
        if self.fmt.variant is not Variant.MIXED:
            return low
        upper = bit + DIGIT_BITS
        return Mux(high, magnitude[upper] if upper < len(magnitude) else 0, low)
