"""The unit ``int8_mac``: INT8 multiply-add with a 32-bit sum, as a baseline for area."""

from collections.abc import Mapping

from amaranth.hdl import Cat, Const, Module, Value, signed

from hbfp_hw.rtl.baseline.unit import Baseline
from hbfp_hw.rtl.bit_heap import BitHeap
from hbfp_hw.rtl.bits import named
from hbfp_hw.rtl.unit import Parameters


class INT8MAC(Baseline):
    """Add the products of N pairs of signed 8-bit integers to a 32-bit integer.

    The result is exact, except that a sum beyond 32 bits wraps around. All products and the addend
    share one bit heap.

    Parameters:
        lanes: Pairs N, 1 to 1024; 1 is a plain multiply-add.
        pipeline: Register stages: 0 is combinational, 1 registers the result.

    Members:
        i: In. Stream with the fields ``a`` and ``b``, N integers each, and ``c``, two's complement.
        o: Out. Stream of 32-bit integers.

    Raises:
        TypeError: A parameter is of the wrong kind.
        ValueError: ``lanes`` or ``pipeline`` is out of range.
    """

    unit = "int8_mac"
    meanings: Mapping[str, str] = {"i": "factors, and an addend", "o": "result"}

    def __init__(self, lanes: int = 1, *, pipeline: int = 0):
        super().__init__(lanes, signed(8), signed(32), pipeline)

    @property
    def parameters(self) -> Parameters:
        return {"lanes": self.lanes, "pipeline": self.pipeline}

    def compute(self, m: Module, a: list[Value], b: list[Value], c: Value) -> Value:
        heap = BitHeap(m, 32)
        for x, y in zip(a, b, strict=True):
            _add_product(m, heap, x, y)
        for place in range(32):
            heap.add(place, c[place])
        heap.add_constant()
        while heap.height > 2:
            heap.compress()
        return heap.total()


def _add_product(m: Module, heap: BitHeap, a: Value, b: Value) -> None:
    """Add a product of 8-bit integers to the heap, one row for each Booth digit."""
    padded = Cat(Const(0, 1), b)
    for place in range(0, 8, 2):
        below, low, high = padded[place], padded[place + 1], padded[place + 2]
        one = named(m, below ^ low, "one")
        two = named(m, (low ^ high) & ~one, "two")
        chosen = (Cat(a, a[7]) & one.replicate(9)) | (Cat(Const(0, 1), a) & two.replicate(9))
        row = named(m, chosen ^ high.replicate(9), "row")
        for bit in range(8):
            heap.add(place + bit, row[bit])
        heap.subtract(place + 8, row[8])
        heap.add(place, high)  # completes the negation
