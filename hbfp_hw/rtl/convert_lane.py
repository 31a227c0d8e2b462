"""A lane of the converter: one FP32 value in, one mantissa out."""

from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import (
    RANDOM_BITS,
    HBFPFormat,
    Rounding,
    check_integer,
    unknown_rounding,
)
from hbfp_hw.rtl.bits import any_bit, named, shift_right

SIGNIFICAND_BITS = 24
EXPONENT_OFFSET = 126
"""Biased FP32 exponent field minus the shared exponent of a block that it is the largest of."""


def draws(rounding: Rounding | None) -> bool:
    """Whether random bits are needed: for one mode, or, with None, for any of all modes.

    Raises:
        ValueError: The hardware does not implement the mode, or one of all modes.
    """
    match rounding:
        case None:
            return max(map(draws, Rounding))  # asks for every mode, as any() does not
        case Rounding.STOCHASTIC:
            return True
        case Rounding.NEAREST | Rounding.TRUNCATE:
            return False
        case _:
            raise unknown_rounding(rounding)


def check_rounding(rounding: Rounding | None, random_bits: int) -> None:
    """Raise unless a converter can be built for this rounding."""
    if rounding is not None and not isinstance(rounding, Rounding):
        raise TypeError(f"Rounding must be a Rounding or None, not {rounding!r}")
    draws(rounding)
    check_integer("Random bits", random_bits, 1, 16)


def rounding_suffix(rounding: Rounding | None, random_bits: int) -> str:
    """Rounding parameters as they stand in names; nothing for the defaults."""
    suffix = "" if rounding is None else f"_{rounding.name.lower()}"
    return f"{suffix}_r{random_bits}" if draws(rounding) and random_bits != RANDOM_BITS else suffix


class ConvertLane(wiring.Component):
    """Align a value to the shared exponent, round it, saturate it; combinational.

    Parameters:
        fmt: Format of the block, whose size does not matter here.
        rounding: The one rounding mode to build, or None for all three.
        random_bits: Random bits of stochastic rounding, 1 to 16.
        narrow_bits: A second, smaller mantissa width to choose from, or None.
        sign_magnitude: Whether the mantissa leaves as sign and magnitude, not in two's complement.

    Members:
        value: FP32 bit pattern.
        top: Shared exponent as the exponent field of an FP32 number, in formats that clamp it.
        bottom: Exponent field to align to: that of the shared exponent, more for narrow mantissas.
        empty: The mantissa is zero, whatever the value is.
        noise: Random bits, with stochastic rounding.
        nearest, stochastic: How to round, with the mode open; neither of them truncates.
        narrow: The mantissa stays within the smaller width, if there is one.
        mantissa: The mantissa.
    """

    _MustUse__silence = True  # a lane may be made only for its ports

    def __init__(
        self,
        fmt: HBFPFormat,
        *,
        rounding: Rounding | None,
        random_bits: int,
        narrow_bits: int | None,
        sign_magnitude: bool,
    ):
        self._fmt = fmt
        self._rounding = rounding
        self._random_bits = random_bits
        self._narrow_bits = narrow_bits
        self._guard_bits = random_bits if draws(rounding) else 1
        self._sign_magnitude = sign_magnitude
        # Only where the shared exponent clamps can an element be above it.
        self._clamps = fmt.max_exponent + EXPONENT_OFFSET < 254
        bottom = unsigned(8 if narrow_bits is None else 9)
        ports: dict[str, Any] = {"value": In(32), "bottom": In(bottom), "empty": In(1)}
        if self._clamps:
            ports["top"] = In(8)
        if draws(rounding):
            ports["noise"] = In(random_bits)
        if rounding is None:
            ports |= {"nearest": In(1), "stochastic": In(1)}
        if narrow_bits is not None:
            ports["narrow"] = In(1)
        super().__init__({**ports, "mantissa": Out(fmt.mantissa_bits)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        negative, fraction = self.value[31], self.value[:23]
        normal = named(m, self.value[23:31].any(), "normal")
        field = named(m, Cat(self.value[23] | ~normal, self.value[24:31]), "field")
        aligned, sticky, far = self._align(m, Cat(fraction, normal), field)
        # Whatever moves out of the kept bits is rounded to zero in every mode.
        zero = named(m, far | self.empty, "zero")
        magnitude = self._round(m, aligned, sticky, zero)
        if self._clamps:
            above = named(m, (field > self.top) & ~self.empty, "above")
            magnitude = self._saturate(m, magnitude, above)
        if self._sign_magnitude:
            m.d.comb += self.mantissa.eq(Cat(magnitude, negative))
        else:
            m.d.comb += self.mantissa.eq(Mux(negative, -magnitude, magnitude))
        return m

    def _align(self, m: Module, significand: Value, field: Value) -> tuple[Value, Value, Value]:
        """The magnitude with guard bits, whether ones fell off below, and whether all bits did."""
        kept = self._fmt.fraction_bits + self._guard_bits
        if kept > SIGNIFICAND_BITS:
            significand = Cat(Const(0, kept - SIGNIFICAND_BITS), significand)
        dropped = len(significand) - kept
        distance = named(m, self.bottom - field, "distance")
        stages = (kept - 1).bit_length()
        aligned, lost = shift_right(m, significand[dropped:], distance[:stages])
        return aligned, any_bit(significand[:dropped]) | lost, any_bit(distance[stages:-1])

    def _round(self, m: Module, aligned: Value, sticky: Value, zero: Value) -> Value:
        """The magnitude, rounded; it stays within the width that counts."""
        whole, guard = self._fmt.fraction_bits, self._guard_bits
        magnitude, below = aligned[guard:], aligned[:guard]
        any_mode = self._rounding is None
        nearest = self.nearest if any_mode else Const(self._rounding is Rounding.NEAREST, 1)
        up: Value = nearest & below[-1] & (sticky | any_bit(below[:-1]) | magnitude[0])
        if draws(self._rounding):
            drawn = (below + self.noise)[guard]
            up |= self.stochastic & drawn if any_mode else drawn
        up = named(m, up & ~(magnitude | self._excess).all(), "up")
        return named(m, (magnitude + up)[:whole] & ~zero.replicate(whole), "rounded")

    def _saturate(self, m: Module, magnitude: Value, above: Value) -> Value:
        """The largest magnitude for an element above the shared exponent."""
        limit = ~self._excess & above.replicate(len(magnitude))
        if self._narrow_bits is not None:
            # Such an element may have reached into the excess.
            magnitude = magnitude & ~(self._excess & above.replicate(len(magnitude)))
        return named(m, magnitude | limit, "saturated")

    @property
    def _excess(self) -> Value:
        """The bits of a magnitude that a narrow one does not have, if it shall be narrow."""
        whole = self._fmt.fraction_bits
        if self._narrow_bits is None:
            return Const(0, whole)
        shift = self._fmt.mantissa_bits - self._narrow_bits
        return Cat(Const(0, whole - shift), self.narrow.replicate(shift))
