"""The unit ``bf16_mac``: BF16 multiply-add with an FP32 or BF16 sum, as a baseline for area."""

from collections.abc import Callable, Mapping

from amaranth.hdl import Module, Value
from amaranth.lib import wiring

from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.rtl.baseline.multiply_add import MultiplyAdd
from hbfp_hw.rtl.baseline.unit import DEEPEST, Baseline, apply
from hbfp_hw.rtl.unit import Parameters


class BF16MAC(Baseline):
    """Add the products of N pairs of BF16 numbers to an addend in FP32 or BF16.

    The unit is a chain of fused multiply-adds that starts from c and goes through the lanes in
    ascending order. Each rounds once to the format of c: to nearest even, with subnormals, overflow
    to infinity, and the canonical NaN.

    Parameters:
        lanes: Pairs N, 1 to 1024; 1 is a plain multiply-add.
        accumulate: Format of the addend, of every partial sum and of the result.
        pipeline: Register stages: 0 is combinational, 1 registers the result. A unit of
            one lane can have up to :data:`~hbfp_hw.rtl.baseline.unit.DEEPEST`, with registers at
            :data:`~hbfp_hw.rtl.baseline.unit.CUT_POINTS` besides those of the result.

    Members:
        i: In. Stream with the fields ``a`` and ``b``, N numbers each, and ``c``.
        o: Out. Stream of bit patterns.

    Raises:
        TypeError: A parameter is of the wrong kind.
        ValueError: ``lanes`` or ``pipeline`` is out of range.
    """

    unit = "bf16_mac"
    meanings: Mapping[str, str] = {"i": "factors, and an addend", "o": "result"}

    def __init__(
        self,
        lanes: int = 1,
        *,
        accumulate: Accumulation = Accumulation.FP32,
        pipeline: int = 0,
    ):
        if not isinstance(accumulate, Accumulation):
            raise TypeError(f"Accumulation must be an Accumulation, not {accumulate!r}")
        self.accumulate = accumulate
        self._width = 32 if accumulate is Accumulation.FP32 else 16
        self.encodings = {
            "a": "bf16",
            "b": "bf16",
            "c": accumulate.value,
            "value": accumulate.value,
        }
        super().__init__(lanes, 16, self._width, pipeline, DEEPEST)

    @property
    def parameters(self) -> Parameters:
        return {
            "lanes": self.lanes,
            "accumulate": self.accumulate.value,
            "pipeline": self.pipeline,
        }

    @property
    def suffix(self) -> str:
        return f"{self.accumulate.value}_{super().suffix}"

    @property
    def _part(self) -> str:
        return f"hbfp_bf16_multiply_add_{self.accumulate.value}"

    @property
    def instances(self) -> dict[str, Callable[[], wiring.Component]]:
        if self.pipeline > 1:
            return {}
        return {self._part: lambda: MultiplyAdd(16, self._width)}

    def compute(self, m: Module, a: list[Value], b: list[Value], c: Value) -> Value:
        for x, y in zip(a, b, strict=True):
            c = apply(m, self._part, self._width, a=x, b=y, c=c)
        return c
