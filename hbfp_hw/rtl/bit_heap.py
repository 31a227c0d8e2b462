"""Bit heap: many numbers added up in carry-save form, with one carry chain at the end.

The bits of one weight are held in vectors, and a vector of full adders compresses three of them at
once. The hardware is one full adder for every bit that disappears; a simulator computes a whole
vector in a few words.
"""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Value

from hbfp_hw.rtl.bits import named


@dataclass(frozen=True)
class _Bits:
    """Some bits of a column; if ``inverted``, their complements are counted.

    The inversion is done where the bits are added up. There it is part of a full adder, while ahead
    of a pipeline register it would cost a lookup table of an FPGA.
    """

    vector: Value
    inverted: bool = False


class BitHeap:
    """Sum modulo 2**width of bits with weights.

    Parameters:
        m: Module that gets the logic.
        width: Bits of the sum.
    """

    def __init__(self, m: Module, width: int):
        self._m = m
        self._columns: list[list[_Bits]] = [[] for _ in range(width)]
        self._constant = 0

    def add(self, weight: int, bits: Value) -> None:
        """Add every bit of a vector with the weight 2**weight."""
        self._put(weight, _Bits(bits))

    def subtract(self, weight: int, bits: Value) -> None:
        """Subtract every bit of a vector with the weight 2**weight."""
        self._put(weight, _Bits(bits, inverted=True))  # -x is ~x - 1
        self._constant -= len(bits) << weight

    def add_constant(self) -> None:
        """Add the constant that completes the subtractions so far, as one bit per set bit of it."""
        for weight, column in enumerate(self._columns):
            if self._constant >> weight & 1:
                column.append(_Bits(Const(1, 1)))
        self._constant = 0

    @property
    def height(self) -> int:
        """Number of bits of the highest column."""
        return max(sum(len(bits.vector) for bits in column) for column in self._columns)

    @property
    def vectors(self) -> list[Value]:
        """All vectors in the heap; assign registered ones to put a pipeline stage here."""
        return [bits.vector for column in self._columns for bits in column]

    @vectors.setter
    def vectors(self, vectors: list[Value]) -> None:
        rest = iter(vectors)
        self._columns = [
            [_Bits(next(rest), bits.inverted) for bits in column] for column in self._columns
        ]

    def _put(self, weight: int, bits: _Bits) -> None:
        if weight < len(self._columns):
            self._columns[weight].append(bits)

    def compress(self) -> None:
        """Add a level of full adders; each turns three bits into a sum and a carry."""
        compressed: list[list[_Bits]] = [[] for _ in range(len(self._columns) + 1)]
        for weight, column in enumerate(self._columns):
            bits = _joined(column)
            third = len(bits) // 3
            # Left-over bits go first in the next level, so that none waits for several levels.
            if len(bits) > 3 * third:
                compressed[weight].append(_Bits(bits[3 * third :]))
            if third:
                x, y, z = bits[:third], bits[third : 2 * third], bits[2 * third : 3 * third]
                # The carry shares a term with the sum, which takes less area than a majority.
                differ = named(self._m, x ^ y, "differ")
                compressed[weight].append(_Bits(named(self._m, differ ^ z, "sum")))
                carry = named(self._m, (x & y) | (z & differ), "carry")
                compressed[weight + 1].append(_Bits(carry))
        self._columns = compressed[:-1]

    def total(self) -> Value:
        """Return the sum; the height must be 2 or less."""
        columns = [Cat(_joined(column), Const(0, 2))[:2] for column in self._columns]
        rows = [Cat(column[row] for column in columns) for row in (0, 1)]
        return named(self._m, (rows[0] + rows[1])[: len(columns)], "total")


def _joined(column: list[_Bits]) -> Value:
    return Cat(~bits.vector if bits.inverted else bits.vector for bits in column)
