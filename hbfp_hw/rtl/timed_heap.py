"""Bit heap that is compressed by arrival times, for units with short clock periods.

:class:`~hbfp_hw.rtl.bit_heap.BitHeap` compresses all columns level by level, which keeps its
signals few. This heap adds up the earliest bits of each column first (three-greedy compression),
bit by bit, so that late bits pass few full adders. A cut point may lie anywhere within.
"""

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import count

from amaranth.hdl import Cat, Const, Module, Value

from hbfp_hw.rtl.bits import named
from hbfp_hw.rtl.ranks import Ranks

GATE = 2
"""Delay of an XOR in the unit of arrival times."""


@dataclass(order=True)
class Bit:
    """A bit of a column, ordered by arrival, then by age.

    Members:
        arrival: Time at which the bit has its value.
        age: Number that is lower in older bits.
        value: The bit.
        behind: Whether the bit lies behind the cut point.
    """

    arrival: int
    age: int
    value: Value = field(compare=False)
    behind: bool = field(compare=False, default=False)


@dataclass(frozen=True)
class Cut:
    """Cut point 1 of a data path, within a heap.

    Members:
        ranks: Ranks of the data path.
        deadline: Latest arrival of a sum or carry before the cut point. Bits that are added later
            cross the cut point: they are registered if it has a rank.
    """

    ranks: Ranks
    deadline: int


class TimedHeap:
    """Sum modulo 2**width of bits with weights and arrival times, behind a cut point.

    The unit of arrival times is half the delay of an XOR (:data:`GATE`).

    Parameters:
        m: Module that gets the logic.
        width: Bits of the sum.
        cut: The cut point.
    """

    def __init__(self, m: Module, width: int, cut: Cut):
        self._m = m
        self._cut = cut
        self._columns: list[list[Bit]] = [[] for _ in range(width)]
        self._constant = 0
        self._ages = count()

    def add(self, weight: int, bits: Value, arrival: int = 0, *, behind: bool = False) -> None:
        """Add every bit of a vector with the weight 2**weight."""
        if weight < len(self._columns):
            self._columns[weight] += [Bit(arrival, next(self._ages), bit, behind) for bit in bits]

    def subtract(self, weight: int, bits: Value, arrival: int = 0, *, behind: bool = False) -> None:
        """Subtract every bit of a vector with the weight 2**weight."""
        self.add(weight, ~bits, arrival, behind=behind)  # -x is ~x - 1
        self._constant -= len(bits) << weight

    def add_constant(self, constant: int) -> None:
        """Add a number."""
        self._constant += constant

    def compress(self, height: int) -> list[list[Bit]]:
        """Compress all columns to a height of at most 1 or 2 and return them."""
        for weight in range(len(self._columns)):
            if self._constant >> weight & 1:
                self.add(weight, Const(1, 1))
        self._constant = 0
        for weight, column in enumerate(self._columns):
            heapify(column)
            while len(column) > height:
                self._join(weight, column)
        return self._columns

    def rows(self) -> list[Value]:
        """Compress the heap to two numbers behind the cut point; their sum is the sum of all bits.

        The second number has zeros where a column has a single bit.
        """
        columns = self.compress(2)
        bits = [[self._behind(bit).value for bit in column] for column in columns]
        zeros = [Const(0, 1)] * 2
        return [Cat((column + zeros)[row] for column in bits) for row in (0, 1)]

    def _join(self, weight: int, column: list[Bit]) -> None:
        """Replace the earliest bits of a column, three if possible, by a sum and a carry.

        If the last of three bits is late, a half adder of the other two takes the place of the
        full adder. Otherwise late carries would ripple through the columns.
        """
        bits = [heappop(column), heappop(column)]
        arrival = bits[1].arrival + GATE
        if column and (len(column) > 1 or column[0].arrival <= arrival):
            bits.append(heappop(column))
            arrival = max(arrival, bits[2].arrival) + GATE
        behind = arrival > self._cut.deadline or any(bit.behind for bit in bits)
        if behind:
            arrival = max(arrival, self._cut.deadline + GATE * (len(bits) - 1))
            bits = [self._behind(bit) for bit in bits]
        x, y, *others = (bit.value for bit in bits)
        total, carry = named(self._m, x ^ y, "differ"), x & y
        for z in others:
            total, carry = named(self._m, total ^ z, "sum"), carry | (z & total)
        heappush(column, Bit(arrival, next(self._ages), total, behind))
        self.add(weight + 1, named(self._m, carry, "carry"), arrival, behind=behind)

    def _behind(self, bit: Bit) -> Bit:
        """Return a bit behind the cut point."""
        if bit.behind:
            return bit
        value = self._cut.ranks.carry(bit.value, 1, 1)
        return Bit(max(bit.arrival, self._cut.deadline), bit.age, value, True)
