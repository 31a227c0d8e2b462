"""Bit heap that is compressed by arrival times, for units with short clock periods.

:class:`~hbfp_hw.rtl.bit_heap.BitHeap` compresses all columns level by level, which keeps its
signals few. This heap adds up the earliest bits of each column first (three-greedy compression),
bit by bit, so that late bits pass few full adders.
"""

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import count

from amaranth.hdl import Cat, Const, Module, Value

from hbfp_hw.rtl.bits import named

GATE = 2
"""Delay of an XOR, and of the gates of a carry, in the units of arrival times."""


@dataclass(order=True)
class _Bit:
    """A bit of a column, ordered by arrival, then by age."""

    arrival: int
    age: int
    value: Value = field(compare=False)


class TimedHeap:
    """Sum modulo 2**width of bits with weights and arrival times.

    Arrival times have no unit; :data:`GATE` is the delay of one XOR.

    Parameters:
        m: Module that gets the logic.
        width: Bits of the sum.
    """

    def __init__(self, m: Module, width: int):
        self._m = m
        self._columns: list[list[_Bit]] = [[] for _ in range(width)]
        self._constant = 0
        self._ages = count()

    def add(self, weight: int, bits: Value, arrival: int = 0) -> None:
        """Add every bit of a vector with the weight 2**weight."""
        if weight < len(self._columns):
            self._columns[weight] += [_Bit(arrival, next(self._ages), bit) for bit in bits]

    def subtract(self, weight: int, bits: Value, arrival: int = 0) -> None:
        """Subtract every bit of a vector with the weight 2**weight."""
        self.add(weight, ~bits, arrival)  # -x is ~x - 1
        self._constant -= len(bits) << weight

    def rows(self) -> list[Value]:
        """Compress the heap to two rows and return them; their sum is the sum of all bits."""
        for weight in range(len(self._columns)):
            if self._constant >> weight & 1:
                self.add(weight, Const(1, 1))
        self._constant = 0
        rows: list[list[Value]] = [[], []]
        for weight, column in enumerate(self._columns):
            heapify(column)
            while len(column) > 2:
                self._compress(weight, column)
            for row in rows:
                row.append(heappop(column).value if column else Const(0, 1))
        return [Cat(*row) for row in rows]

    def _compress(self, weight: int, column: list[_Bit]) -> None:
        """Replace the three earliest bits of a column by a sum and a carry.

        If the last of three bits is late, a half adder of the other two takes the place of the
        full adder. Otherwise late carries would ripple through the columns.
        """
        m = self._m
        x, y = heappop(column), heappop(column)
        differ = named(m, x.value ^ y.value, "differ")
        arrival = max(x.arrival, y.arrival) + GATE
        if len(column) == 1 and column[0].arrival > arrival:
            total, carry = differ, x.value & y.value
        else:
            z = heappop(column)
            arrival = max(arrival, z.arrival) + GATE
            total = named(m, differ ^ z.value, "sum")
            carry = (x.value & y.value) | (z.value & differ)
        heappush(column, _Bit(arrival, next(self._ages), total))
        self.add(weight + 1, named(m, carry, "carry"), arrival)
