"""The unit ``fp32_mac``: FP32 multiply-add, fused or separate, as a baseline for area."""

from collections.abc import Callable, Mapping
from functools import partial

from amaranth.hdl import Module, Value
from amaranth.lib import wiring

from hbfp_hw.rtl.baseline.multiply_add import Add, Multiply, MultiplyAdd
from hbfp_hw.rtl.baseline.unit import DEEPEST, Baseline, apply
from hbfp_hw.rtl.bits import reduce_balanced
from hbfp_hw.rtl.fields import FP32_FIELDS
from hbfp_hw.rtl.unit import Parameters

FUSED, PRODUCT, SUM = "hbfp_fp32_multiply_add", "hbfp_fp32_multiply", "hbfp_fp32_add"
"""Names of the modules that the unit instantiates."""


class FP32MAC(Baseline):
    """Add the products of N pairs to an addend in IEEE binary32.

    It rounds to nearest even, with subnormals, overflow to infinity, and the canonical NaN. If
    fused, it is a chain of multiply-adds that starts from c and goes through the lanes in ascending
    order; each rounds once. If separate, every product is rounded, a balanced tree of rounded
    additions adds the products, neighbours first, and their sum is added to c.

    Parameters:
        lanes: Pairs N, 1 to 1024; 1 is a plain multiply-add.
        fused: Whether product and sum are rounded together.
        pipeline: Register stages: 0 is combinational, 1 registers the result. A fused unit of
            one lane can have up to :data:`~hbfp_hw.rtl.baseline.unit.DEEPEST`, with registers at
            :data:`~hbfp_hw.rtl.baseline.unit.CUT_POINTS` besides those of the result.

    Members:
        i: In. Stream with the fields ``a`` and ``b``, N numbers each, and ``c``.
        o: Out. Stream of FP32 bit patterns.

    Raises:
        TypeError: A parameter is of the wrong kind.
        ValueError: ``lanes`` or ``pipeline`` is out of range.
    """

    unit = "fp32_mac"
    encodings = FP32_FIELDS | {"a": "fp32", "b": "fp32"}
    meanings: Mapping[str, str] = {"i": "factors, and an addend", "o": "result"}

    def __init__(self, lanes: int = 1, *, fused: bool = True, pipeline: int = 0):
        if not isinstance(fused, bool):
            raise TypeError(f"Fused must be True or False, not {fused!r}")
        self.fused = fused
        super().__init__(lanes, 32, 32, pipeline, DEEPEST if fused else 1)

    @property
    def parameters(self) -> Parameters:
        return {"lanes": self.lanes, "fused": self.fused, "pipeline": self.pipeline}

    @property
    def suffix(self) -> str:
        return f"{'fused' if self.fused else 'separate'}_{super().suffix}"

    @property
    def instances(self) -> dict[str, Callable[[], wiring.Component]]:
        if self.pipeline > 1:
            return {}
        return {FUSED: lambda: MultiplyAdd(32, 32)} if self.fused else {PRODUCT: Multiply, SUM: Add}

    def compute(self, m: Module, a: list[Value], b: list[Value], c: Value) -> Value:
        pairs = list(zip(a, b, strict=True))
        if self.fused:
            for x, y in pairs:
                c = apply(m, FUSED, 32, a=x, b=y, c=c)
            return c
        products: list[Value] = [apply(m, PRODUCT, 32, a=x, b=y) for x, y in pairs]
        add = partial(_add, m)
        return add(reduce_balanced(products, add), c)


def _add(m: Module, a: Value, b: Value) -> Value:
    return apply(m, SUM, 32, a=a, b=b)
