"""The unit ``convert``: FP32 values in, one block out."""

from collections.abc import Callable, Mapping

from amaranth.hdl import Cat, Const, Instance, Module, Mux, ShapeLike, Signal, Value, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import RANDOM_BITS, HBFPFormat, Rounding, check_integer
from hbfp_hw.helpers.packed_array import PackedArray
from hbfp_hw.rtl.binary32 import SHARED_EXPONENT_OFFSET
from hbfp_hw.rtl.bits import elements, named
from hbfp_hw.rtl.blocks import block_shape, code_suffix
from hbfp_hw.rtl.convert_lane import (
    ConvertLane,
    check_rounding,
    draws,
    rounding_suffix,
)
from hbfp_hw.rtl.fields import FP32_FIELDS, ROUNDING_FIELD
from hbfp_hw.rtl.pipeline import Pipeline
from hbfp_hw.rtl.random import expand, mix
from hbfp_hw.rtl.unit import Parameters, Unit, check_pipeline, format_suffix, pipeline_suffix


def operand_layout(
    block_size: int, rounding: Rounding | None, *, mixed: bool = False, short: bool = False
) -> data.StructLayout:
    """Return the payload of FP32 operand blocks.

    Fields: ``values`` (FP32 bit patterns). With stochastic rounding also ``seed`` and ``step``,
    which select the random numbers; with all rounding modes ``rounding``, a :class:`Rounding` code
    (the unused code 3 truncates); with two widths ``narrow``; with short blocks ``keep``, one bit
    for each lane, set if its value belongs to the block.

    Parameters:
        block_size: Lanes N.
        rounding: The only rounding mode, or None for all three.
        mixed: Whether blocks select one of two widths.
        short: Whether blocks may be short.
    """
    fields: dict[str, ShapeLike] = {"values": PackedArray(unsigned(32), block_size)}
    if draws(rounding):
        fields |= {"seed": unsigned(32), "step": unsigned(32)}
    if rounding is None:
        fields["rounding"] = unsigned(2)
    if mixed:
        fields["narrow"] = unsigned(1)
    if short:
        fields["keep"] = unsigned(block_size)
    return data.StructLayout(fields)


class Convert(Unit):
    """Parallel converter: N FP32 values in, one block out, one block per cycle.

    The block is a function of the payload alone. A NaN or an infinity makes it a NaN block. The
    shared exponent is that of the largest magnitude, clamped to the format; mantissas are rounded
    and saturated.

    Parameters:
        fmt: Format of the blocks.
        rounding: The only rounding mode to build, or None for all three, chosen block by block.
        random_bits: Random bits of stochastic rounding, 1 to 16.
        pipeline: Register stages: 0 is combinational, 1 registers the block, 2 also the shared
            exponent before the lanes use it.
        narrow_bits: A second, smaller mantissa width that a block may select (field ``narrow``);
            its mantissas then stay within the range of that width.
        sign_magnitude: Whether mantissas leave as sign and magnitude, not in two's complement.
        short: Whether blocks may be short (field ``keep``); values that are not kept count as zero.

    Members:
        i: In. Stream of FP32 operand blocks (:func:`operand_layout`).
        o: Out. Stream of blocks, in two's complement or sign and magnitude.

    Raises:
        TypeError: The rounding mode or a number is of the wrong kind.
        ValueError: A number is out of range.
    """

    unit = "convert"
    encodings = FP32_FIELDS | ROUNDING_FIELD
    meanings: Mapping[str, str] = {"i": "FP32 values of one block", "o": "the block"}

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
    def parameters(self) -> Parameters:
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

    @property
    def instances(self) -> dict[str, Callable[[], wiring.Component]]:
        return {self._lane_name: self._lane}

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

        empty: Value = nan.replicate(len(values))
        if self.short:
            empty = named(m, empty | ~keep, "empty")
            # In simulation an unknown sign, even that of a zero, would make the sum unknown.
            values = [
                Cat(value[:31], value[31] & kept) for value, kept in zip(values, keep, strict=True)
            ]
        mantissas = self._lanes(m, values, top, empty, control)
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
        """Return the NaN flag, the shared exponent, and its exponent field in FP32."""
        # Bit by bit from the highest: candidates are the lanes that may have the largest field. If
        # one of them has a one, so has the largest field, and lanes with a zero drop out.
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
        low = max(1, self.fmt.min_exponent + SHARED_EXPONENT_OFFSET)
        high = min(254, self.fmt.max_exponent + SHARED_EXPONENT_OFFSET)
        top = Signal(8, name="top")
        m.d.comb += top.eq(Mux(largest < low, low, Mux(largest > high, high, largest)))
        exponent = Signal(self.fmt.as_shape()["exponent"].shape, name="exponent")
        m.d.comb += exponent.eq(top - SHARED_EXPONENT_OFFSET)
        return nan, exponent, top

    def _control(self, m: Module) -> list[Value]:
        """Return the inputs of all lanes besides values: random words, rounding code and width."""
        payload = self.i.payload
        control: list[Value] = []
        if draws(self.rounding):
            control += mix(m, payload.seed, payload.step)
        if self.rounding is None:
            control.append(payload.rounding)
        if self.narrow_bits is not None:
            control.append(payload.narrow)
        return control

    def _lanes(
        self, m: Module, values: list[Value], top: Value, empty: Value, control: list[Value]
    ) -> list[Value]:
        """Return the mantissas, which are zero in ``empty`` lanes."""
        lane = self._lane()
        shared: dict[str, Value] = {"top": top, "bottom": top}
        noise: list[Value] = [Const(0, 0)] * len(values)
        if draws(self.rounding):
            x, y, *control = control
            noise = expand(m, x, y, len(values), self.random_bits)
        if self.rounding is None:
            code, *control = control
            shared["nearest"] = named(m, ~(code[0] | code[1]), "nearest")
            shared["stochastic"] = named(m, code[0] & ~code[1], "stochastic")
        if self.narrow_bits is not None:
            (narrow,) = control
            shift = Mux(narrow, self.fmt.mantissa_bits - self.narrow_bits, 0)
            shared |= {"narrow": narrow, "bottom": named(m, top + shift, "bottom")}
        mantissas: list[Value] = []
        for number, value in enumerate(values):
            ports = {**shared, "value": value, "noise": noise[number], "empty": empty[number]}
            mantissa = Signal(self.fmt.mantissa_bits, name=f"mantissa_{number}")
            m.submodules[f"lane_{number}"] = Instance(
                self._lane_name,
                *(("i", name, ports[name]) for name in lane.signature.members if name in ports),
                ("o", "mantissa", mantissa),
            )
            mantissas.append(mantissa)
        return mantissas

    @property
    def _lane_name(self) -> str:
        return f"{self.design_name}_lane"

    def _lane(self) -> ConvertLane:
        return ConvertLane(
            self.fmt,
            rounding=self.rounding,
            random_bits=self.random_bits,
            narrow_bits=self.narrow_bits,
            sign_magnitude=self.sign_magnitude,
        )
