"""The converter: FP32 values in, one block out."""

from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import RANDOM_BITS, HBFPFormat, Rounding, check_integer
from hbfp_hw.rtl.bits import any_bit, elements, named, shift_right
from hbfp_hw.rtl.blocks import block_shape, code_suffix
from hbfp_hw.rtl.pipeline import Pipeline
from hbfp_hw.rtl.random import expand, mix
from hbfp_hw.rtl.unit import Unit, check_pipeline, format_suffix, pipeline_suffix

SIGNIFICAND_BITS = 24
EXPONENT_OFFSET = 126
"""Biased FP32 exponent field minus the shared exponent of a block that it is the largest of."""


def operand_layout(
    block_size: int, rounding: Rounding | None, *, mixed: bool = False, short: bool = False
) -> data.StructLayout:
    """Payload of FP32 operand blocks.

    Fields: ``values`` (FP32 bit patterns); with stochastic rounding ``seed`` and ``step``, which
    select the random numbers; with the rounding mode open ``rounding``, a :class:`Rounding` code
    (the unused code 3 truncates); for converters to two widths ``narrow``; for those that take
    short blocks ``keep``, a bit for each value that counts.
    """
    fields: dict[str, Any] = {"values": data.ArrayLayout(unsigned(32), block_size)}
    if rounding in (None, Rounding.STOCHASTIC):
        fields |= {"seed": unsigned(32), "step": unsigned(32)}
    if rounding is None:
        fields["rounding"] = unsigned(2)
    if mixed:
        fields["narrow"] = unsigned(1)
    if short:
        fields["keep"] = unsigned(block_size)
    return data.StructLayout(fields)


def check_rounding(rounding: Rounding | None, random_bits: int) -> None:
    """Raise unless a converter can be built for this rounding."""
    if rounding is not None and not isinstance(rounding, Rounding):
        raise TypeError(f"Rounding must be a Rounding or None, not {rounding!r}")
    check_integer("Random bits", random_bits, 1, 16)


def rounding_suffix(rounding: Rounding | None, random_bits: int) -> str:
    """Rounding parameters as they stand in names; nothing for the defaults."""
    suffix = "" if rounding is None else f"_{rounding.name.lower()}"
    drawn = rounding in (None, Rounding.STOCHASTIC) and random_bits != RANDOM_BITS
    return f"{suffix}_r{random_bits}" if drawn else suffix


class Convert(Unit):
    """Parallel converter: N FP32 values in, one block out, one block per cycle.

    A pure function of the payload. A NaN or an infinity makes a NaN block; the shared exponent is
    that of the largest magnitude, clamped to the format; mantissas round and saturate.

    Parameters:
        fmt: Format of the blocks.
        rounding: The one rounding mode to build, or None for all three, chosen block by block.
        random_bits: Random bits of stochastic rounding, 1 to 16.
        pipeline: Register stages: 0 is combinational, 1 registers the block, 2 also the shared
            exponent before the lanes use it.
        narrow_bits: A second, smaller mantissa width that a block may select (field ``narrow``);
            its mantissas then stay within the range of that width.
        sign_magnitude: Whether mantissas leave as sign and magnitude, not in two's complement.
        short: Whether blocks may be short (field ``keep``); what is not kept is taken as zero, and
            its sign is any.

    Members:
        i: Stream of FP32 operand blocks (:func:`operand_layout`).
        o: Stream of blocks, payload ``fmt``.

    Raises:
        TypeError: The rounding mode or a number is of the wrong kind.
        ValueError: A number is out of range.
    """

    unit = "convert"

    def __init__(
        self,
        fmt: HBFPFormat,
        *,
        rounding: Rounding | None = None,
        random_bits: int = RANDOM_BITS,
        pipeline: int = 1,
        narrow_bits: int | None = None,
        sign_magnitude: bool = False,
        short: bool = False,
    ):
        check_rounding(rounding, random_bits)
        check_pipeline(pipeline, 2)
        if narrow_bits is not None:
            check_integer("Narrow mantissa width", narrow_bits, 2, fmt.mantissa_bits - 1)
        self.fmt = fmt
        self.rounding = rounding
        self.random_bits = random_bits
        self.pipeline = pipeline
        self.narrow_bits = narrow_bits
        self.sign_magnitude = sign_magnitude
        self.short = short
        operands = operand_layout(
            fmt.block_size, rounding, mixed=narrow_bits is not None, short=short
        )
        block = block_shape(fmt, sign_magnitude)
        super().__init__({"i": In(stream.Signature(operands)), "o": Out(stream.Signature(block))})

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "mantissa_bits": self.fmt.mantissa_bits,
            "block_size": self.fmt.block_size,
            "exponent_bits": self.fmt.exponent_bits,
            "rounding": "any" if self.rounding is None else self.rounding.name.lower(),
            "random_bits": self.random_bits,
            "pipeline": self.pipeline,
            "narrow_bits": self.narrow_bits,
            "sign_magnitude": self.sign_magnitude,
            "short": self.short,
        }

    @property
    def suffix(self) -> str:
        suffix = format_suffix(self.fmt) + rounding_suffix(self.rounding, self.random_bits)
        suffix += "" if self.narrow_bits is None else f"_narrow{self.narrow_bits}"
        suffix += "_short" if self.short else ""
        return suffix + code_suffix(self.sign_magnitude) + pipeline_suffix(self.pipeline)

    @property
    def latency(self) -> int:
        return self.pipeline

    def elaborate(self, platform: object) -> Module:
        m = Module()
        pipeline = Pipeline(m, self.i)
        values: list[Value] = elements(self.i.payload, "values")
        keep: Value = self.i.payload.keep if self.short else Const(-1, self.fmt.block_size)
        nan, exponent, top = self._shared_exponent(m, values, keep)
        control = self._control(m)
        if self.pipeline == 2:
            registered = pipeline.cut([keep, nan, exponent, top, *control, *values])
            keep, nan, exponent, top, *rest = registered
            control, values = rest[: len(control)], rest[len(control) :]

        noise, nearest, stochastic, narrow = self._expand_control(m, control)
        shift = 0 if self.narrow_bits is None else self.fmt.mantissa_bits - self.narrow_bits
        bottom = named(m, top + Mux(narrow, shift, 0), "bottom")
        excess = Cat(Const(0, self.fmt.fraction_bits - shift), narrow.replicate(shift))
        mantissas: list[Value] = []
        for value, random, kept in zip(values, noise, keep, strict=True):
            empty = named(m, nan | ~kept, "empty")
            magnitude = self._magnitude(
                m, value, top, bottom, random, nearest, stochastic, excess, empty
            )
            if self.sign_magnitude:
                mantissas.append(Cat(magnitude, value[31]))
            else:
                mantissa = Mux(value[31], -magnitude, magnitude)[: self.fmt.mantissa_bits]
                mantissas.append(named(m, mantissa, "mantissa"))
        block: Value = Cat(
            *mantissas, Mux(nan, Const(self.fmt.nan_exponent, exponent.shape()), exponent)
        )
        if self.pipeline:
            (block,) = pipeline.cut([named(m, block, "block")])
        m.d.comb += self.o.payload.as_value().eq(block)
        pipeline.connect(self.o)
        return m

    def _shared_exponent(
        self, m: Module, values: list[Value], keep: Value
    ) -> tuple[Value, Value, Value]:
        """NaN flag, shared exponent, and that exponent as a biased FP32 exponent field."""
        # From the highest bit down: if a lane that may have the largest field has a one there, so
        # has the largest field, and the lanes without it are out.
        candidates = keep
        bits: list[Value] = []
        for bit in reversed(range(8)):
            plane = Cat(value[23 + bit] for value in values)
            found = named(m, (candidates & plane).any(), "found")
            candidates = named(
                m, candidates & (plane | ~found.replicate(self.fmt.block_size)), "candidates"
            )
            bits.insert(0, found)
        largest = named(m, Cat(*bits), "largest")
        nan = named(m, largest.all(), "nan")
        low = max(1, self.fmt.min_exponent + EXPONENT_OFFSET)
        high = min(254, self.fmt.max_exponent + EXPONENT_OFFSET)
        top = Signal(8, name="top")
        m.d.comb += top.eq(Mux(largest < low, low, Mux(largest > high, high, largest)))
        exponent = Signal(self.fmt.as_shape()["exponent"].shape, name="exponent")
        m.d.comb += exponent.eq(top - EXPONENT_OFFSET)
        return nan, exponent, top

    def _control(self, m: Module) -> list[Value]:
        """What the lanes need besides their values: the mixed words and the rounding code."""
        payload = self.i.payload
        control: list[Value] = []
        if self.rounding in (None, Rounding.STOCHASTIC):
            control += mix(m, payload.seed, payload.step)
        if self.rounding is None:
            control.append(payload.rounding)
        if self.narrow_bits is not None:
            control.append(payload.narrow)
        return control

    def _expand_control(
        self, m: Module, control: list[Value]
    ) -> tuple[list[Value], Value, Value, Value]:
        """Each lane's random bits, and the flags: nearest, stochastic, narrow."""
        narrow = Const(0, 1) if self.narrow_bits is None else control[-1]
        lanes = self.fmt.block_size
        if self.rounding in (None, Rounding.STOCHASTIC):
            noise = expand(m, control[0], control[1], lanes, self.random_bits)
        else:
            noise = [Const(0, 1)] * lanes
        if self.rounding is None:
            code = control[2]
            return noise, ~(code[0] | code[1]), code[0] & ~code[1], narrow
        return (
            noise,
            Const(self.rounding is Rounding.NEAREST, 1),
            Const(self.rounding is Rounding.STOCHASTIC, 1),
            narrow,
        )

    def _magnitude(
        self,
        m: Module,
        value: Value,
        top: Value,
        bottom: Value,
        noise: Value,
        nearest: Value,
        stochastic: Value,
        excess: Value,
        empty: Value,
    ) -> Value:
        """One lane: align to the shared exponent, round, saturate.

        ``bottom`` is the exponent field to align to, ``excess`` marks the bits of a magnitude that
        a narrow one does not have, and an ``empty`` lane gives zero.
        """
        whole = self.fmt.fraction_bits
        guard = len(noise)
        kept = whole + guard
        normal = value[23:31].any()
        significand = Cat(value[:23], normal)
        if kept > SIGNIFICAND_BITS:
            significand = Cat(Const(0, kept - SIGNIFICAND_BITS), significand)
        below = any_bit(significand[: len(significand) - kept])

        field = Cat(value[23] | ~normal, value[24:31])
        distance = named(m, bottom - field, "distance")
        # Only where the shared exponent clamps can an element be above it.
        clamps = self.fmt.max_exponent + EXPONENT_OFFSET < 254
        saturated = named(m, field > top, "saturated") if clamps else Const(0, 1)
        stages = (kept - 1).bit_length()
        aligned, lost = shift_right(m, significand[len(significand) - kept :], distance[:stages])
        # Whatever moves out of the kept bits is rounded to zero in every mode.
        far = named(m, any_bit(distance[stages:-1]), "far")

        magnitude = aligned[guard:]
        sticky = below | lost | any_bit(aligned[: guard - 1])
        up_nearest = nearest & aligned[guard - 1] & (sticky | magnitude[0])
        up_random = stochastic & (aligned[:guard] + noise)[guard]
        up = (up_nearest | up_random) & ~(magnitude | excess).all()
        limit = ~excess & (saturated & ~empty).replicate(whole)
        rounded = (magnitude + up)[:whole]
        if clamps and self.narrow_bits is not None:
            # An element above the shared exponent may have reached into the excess.
            rounded &= ~(excess & saturated.replicate(whole))
        rounded &= ~(far | empty).replicate(whole)
        return named(m, rounded | limit, "rounded")
