"""FP32 arithmetic: round an exact sum once to binary32, and add two binary32 numbers.

:class:`Normaliser` and :class:`Adder` are combinational parts of other units; :class:`FP32` chains
them behind streams, so that they can be generated and tested by themselves.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Value, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import FP32_NAN, HBFPFormat
from hbfp_hw.golden.dot import check_pair
from hbfp_hw.rtl.bits import any_bit, leading_zeros, named, shift_left, shift_right
from hbfp_hw.rtl.dot import product_layout
from hbfp_hw.rtl.pipeline import Pipeline
from hbfp_hw.rtl.unit import PairUnit, check_pipeline

INFINITY = 0x7F800000
BIAS = 127
GUARD_BITS = 3
"""Bits below the significand that the adder keeps: guard, round and sticky."""


class Normaliser(wiring.Component):
    """Round ``sum * 2**(exponent - fraction_bits)`` once to binary32; combinational.

    Nearest even, gradual underflow (a negative sum that underflows gives -0), overflow to infinity;
    a zero sum gives +0. The sum's most negative code must not occur.

    Parameters:
        a, b: Formats of the operands of the dot product.

    Members:
        product: Exact block dot product (:func:`~hbfp_hw.rtl.dot.product_layout`).
        value: FP32 bit pattern.
    """

    def __init__(self, a: HBFPFormat, b: HBFPFormat):
        check_pair(a, b)
        self.fraction_bits = a.fraction_bits + b.fraction_bits
        super().__init__({"product": In(product_layout(a, b)), "value": Out(32)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        sign = self.product.sum[-1]
        width = len(self.product.sum) - 1
        magnitude = named(m, Mux(sign, -self.product.sum, self.product.sum)[:width], "magnitude")
        zeros = leading_zeros(m, magnitude)

        # With its highest one bit at the top, the magnitude's biased exponent is ceiling - zeros.
        # If that is below 1 the result is subnormal: it has weight 1 and less of a left shift.
        ceiling = named(
            m, self.product.exponent + (width - 1 + BIAS - self.fraction_bits), "ceiling"
        )
        field = named(m, ceiling - zeros, "field")
        normal = named(m, field > 0, "normal")
        left = Mux(normal, zeros, Mux(ceiling > 0, ceiling - 1, 0))
        left = named(m, left[: len(zeros)], "left")
        right = named(m, Mux(ceiling > 0, 0, 1 - ceiling), "right")
        shifted = shift_left(m, magnitude, left)
        if width < 24 + 2:
            shifted = Cat(Const(0, 26 - width), shifted)
        stages = len(shifted).bit_length()
        far = named(m, any_bit(right[stages:]), "far")
        shifted, lost = shift_right(m, shifted, right[:stages])
        shifted = named(m, shifted & ~far.replicate(len(shifted)), "aligned")

        significand, rest = shifted[-24:], shifted[:-24]
        sticky = lost | rest[:-1].any()  # what is far away rounds to zero: it needs no sticky bit
        up = rest[-1] & (sticky | significand[0])
        exponent = Mux(normal, field, 0)[:8]
        packed = named(m, (Cat(significand[:23], exponent) + up)[:31], "packed")
        infinite = named(m, field >= 255, "infinite")
        bits = Mux(infinite, INFINITY, packed)
        with m.If(self.product.nan):
            m.d.comb += self.value.eq(FP32_NAN)
        with m.Elif(magnitude.any()):
            m.d.comb += self.value.eq(Cat(bits[:31], sign))
        return m


class Adder(wiring.Component):
    """IEEE 754 binary32 addition; combinational.

    Nearest even, subnormals kept, every NaN result canonical.

    Members:
        a, b: FP32 bit patterns.
        total: FP32 bit pattern.
    """

    def __init__(self) -> None:
        super().__init__({"a": In(32), "b": In(32), "total": Out(32)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        swap = named(m, self.a[:31] < self.b[:31], "swap")
        large = named(m, Mux(swap, self.b, self.a), "large")
        small = named(m, Mux(swap, self.a, self.b), "small")
        subtract = named(m, self.a[31] ^ self.b[31], "subtract")

        large_field, large_significand = self._unpack(large)
        small_field, small_significand = self._unpack(small)
        distance = named(m, (large_field - small_field)[:8], "distance")
        aligned, lost = shift_right(m, small_significand, distance[:5])
        far = named(m, distance[5:].any(), "far")
        kept = Mux(far, 0, Cat(aligned[0] | lost, aligned[1:]))
        # A far operand, if not zero, still counts as a sticky bit.
        term = named(m, Cat(kept[0] | (far & small_significand.any()), kept[1:]), "term")
        width = 24 + GUARD_BITS
        raw = named(
            m,
            (large_significand + (term ^ subtract.replicate(width)) + subtract)[: width + 1],
            "raw",
        )
        carry = named(m, raw[-1] & ~subtract, "carry")

        zeros = leading_zeros(m, raw[:-1])
        room = named(m, (large_field - 1)[:8], "room")
        limited = named(m, zeros > room, "limited")
        left = named(m, Mux(limited, room, zeros)[: len(zeros)], "left")
        shifted = shift_left(m, raw[:-1], left)
        halved = Cat(raw[0] | raw[1], raw[2:])
        significand = named(m, Mux(carry, halved, shifted), "significand")
        field = Mux(carry, large_field + 1, Mux(significand[-1], large_field - left, 0))[:8]

        up = significand[2] & (significand[:2].any() | significand[3])
        packed = named(m, (Cat(significand[3:26], field) + up)[:31], "packed")
        sign = Mux(significand.any(), large[31], self.a[31] & self.b[31])
        large_infinite = named(m, large[23:31].all(), "large_infinite")
        overflow = named(m, field.all(), "overflow")
        nan = (large_infinite & large[:23].any()) | (small[23:31].all() & subtract)
        with m.If(nan):
            m.d.comb += self.total.eq(FP32_NAN)
        with m.Elif(large_infinite | overflow):
            m.d.comb += self.total.eq(Cat(Const(INFINITY, 31), large[31]))
        with m.Else():
            m.d.comb += self.total.eq(Cat(packed, sign))
        return m

    @staticmethod
    def _unpack(value: Value) -> tuple[Value, Value]:
        """Exponent field, 1 for a subnormal, and the significand with guard bits."""
        normal = value[23:31].any()
        field = Cat(value[23] | ~normal, value[24:31])
        return field, Cat(Const(0, GUARD_BITS), value[:23], normal)


class FP32(PairUnit):
    """Round an exact block dot product, and add the result to an FP32 number.

    Parameters:
        a, b: Formats of the operands of the dot product.
        pipeline: Register stages: 0 is combinational, 1 registers the results.

    Members:
        i: Stream with the fields ``product`` (:func:`~hbfp_hw.rtl.dot.product_layout`) and
            ``addend`` (FP32).
        o: Stream with the fields ``value``, the rounded product, and ``total = value + addend``.

    Raises:
        ValueError: The formats do not fit together, or the depth is out of range.
    """

    unit = "fp32"

    def __init__(self, a: HBFPFormat, b: HBFPFormat | None = None, *, pipeline: int = 1):
        b = a if b is None else b
        check_pair(a, b)
        check_pipeline(pipeline, 1)
        self.a = a
        self.b = b
        self.pipeline = pipeline
        operands = data.StructLayout({"product": product_layout(a, b), "addend": unsigned(32)})
        results = data.StructLayout({"value": unsigned(32), "total": unsigned(32)})
        super().__init__({"i": In(stream.Signature(operands)), "o": Out(stream.Signature(results))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.normaliser = normaliser = Normaliser(self.a, self.b)
        m.submodules.adder = adder = Adder()
        m.d.comb += [
            normaliser.product.eq(self.i.payload.product),
            adder.a.eq(normaliser.value),
            adder.b.eq(self.i.payload.addend),
        ]
        pipeline = Pipeline(m, self.i)
        results: list[Value] = [normaliser.value, adder.total]
        if self.pipeline:
            results = list(pipeline.cut(results))
        m.d.comb += self.o.payload.as_value().eq(Cat(*results))
        pipeline.connect(self.o)
        return m
