"""One lane of the converter: an FP32 value in, a mantissa out."""

from amaranth.hdl import Cat, Const, Module, Mux, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out

from hbfp_hw.format import (
    RANDOM_BITS,
    HBFPFormat,
    Rounding,
    check_integer,
    unknown_rounding,
)
from hbfp_hw.rtl.binary32 import SHARED_EXPONENT_OFFSET, SIGNIFICAND_BITS
from hbfp_hw.rtl.bits import any_bit, named, shift_right


def draws(rounding: Rounding | None) -> bool:
    """Return whether a rounding mode, or any mode if it is None, needs random bits.

    Raises:
        ValueError: The hardware does not implement the mode.
    """
    match rounding:
        case None:
            return max(map(draws, Rounding))  # unlike any(), max() checks every mode
        case Rounding.STOCHASTIC:
            return True
        case Rounding.NEAREST | Rounding.TRUNCATE:
            return False
        case _:
            raise unknown_rounding(rounding)


def check_rounding(rounding: Rounding | None, random_bits: int) -> None:
    """Raise an error unless a converter can be built for this rounding."""
    if rounding is not None and not isinstance(rounding, Rounding):
        raise TypeError(f"Rounding must be a Rounding or None, not {rounding!r}")
    draws(rounding)
    check_integer("Random bits", random_bits, 1, 16)


def rounding_suffix(rounding: Rounding | None, random_bits: int) -> str:
    """Return the rounding as it stands in names of designs; nothing for the defaults."""
    suffix = "" if rounding is None else f"_{rounding.name.lower()}"
    return f"{suffix}_r{random_bits}" if draws(rounding) and random_bits != RANDOM_BITS else suffix


class ConvertLane(wiring.Component):
    """Align a value to the shared exponent, round it, saturate it; combinational.

    Parameters:
        fmt: Format of the block; its block size has no effect.
        rounding: The only rounding mode to build, or None for all three.
        random_bits: Random bits of stochastic rounding, 1 to 16.
        narrow_bits: A second, smaller mantissa width to choose from, or None.
        sign_magnitude: Whether the mantissa leaves as sign and magnitude, not in two's complement.

    Members:
        value: In. FP32 bit pattern.
        top: In. Exponent field of the shared exponent. Only in formats that clamp the exponent.
        bottom: In. Exponent field to align to: that of the shared exponent, plus the difference of
            the widths for a narrow mantissa.
        empty: In. Forces the mantissa to zero.
        noise: In. Random bits. Only with stochastic rounding.
        nearest, stochastic: In. Rounding mode; with both deasserted, truncate. Only with all modes.
        narrow: In. The mantissa must stay within ``narrow_bits``. Only with a second width.
        mantissa: Out. The mantissa.
    """

    _MustUse__silence = True  # some lanes are made only to read their ports

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
        # An element can exceed the shared exponent only if that is clamped.
        self._clamps = fmt.max_exponent + SHARED_EXPONENT_OFFSET < 254
        bottom = unsigned(8 if narrow_bits is None else 9)
        ports: dict[str, Member] = {"value": In(32), "bottom": In(bottom), "empty": In(1)}
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
        # A value shifted out of the kept bits is rounded to zero in every mode.
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
        """Align a significand to the shared exponent.

        Returns:
            The magnitude with guard bits, the sticky bit, and whether all bits were shifted out.
        """
        kept = self._fmt.fraction_bits + self._guard_bits
        if kept > SIGNIFICAND_BITS:
            significand = Cat(Const(0, kept - SIGNIFICAND_BITS), significand)
        dropped = len(significand) - kept
        distance = named(m, self.bottom - field, "distance")
        stages = (kept - 1).bit_length()
        aligned, lost = shift_right(m, significand[dropped:], distance[:stages])
        return aligned, any_bit(significand[:dropped]) | lost, any_bit(distance[stages:-1])

    def _round(self, m: Module, aligned: Value, sticky: Value, zero: Value) -> Value:
        """Return the rounded magnitude, saturated to the width that applies."""
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
        """Return the magnitude, or the largest one for an element above the shared exponent."""
        limit = ~self._excess & above.replicate(len(magnitude))
        if self._narrow_bits is not None:
            # Alignment may have left bits of such an element in the excess.
            magnitude = magnitude & ~(self._excess & above.replicate(len(magnitude)))
        return named(m, magnitude | limit, "saturated")

    @property
    def _excess(self) -> Value:
        """Bits of a magnitude that a narrow one lacks; zero unless the mantissa is narrow."""
        whole = self._fmt.fraction_bits
        if self._narrow_bits is None:
            return Const(0, whole)
        shift = self._fmt.mantissa_bits - self._narrow_bits
        return Cat(Const(0, whole - shift), self.narrow.replicate(shift))
