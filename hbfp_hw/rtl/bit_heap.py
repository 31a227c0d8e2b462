"""A heap of bits: many numbers added up in carry-save form, without a carry until the end.

The bits of one weight are vectors, and a vector of full adders compresses three of them at once. So
the hardware is one full adder for every bit that disappears, while a simulator computes whole
vectors as words.
"""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Value

from hbfp_hw.rtl.bits import named


@dataclass(frozen=True)
class _Bits:
    """A vector in a column; ``inverted`` counts its zeros.

    The inversion waits until the bits are added up, where it costs no lookup table of an FPGA, as
    it would ahead of a pipeline register.
    """

    vector: Value
    inverted: bool = False


class BitHeap:
    """Bits with weights, and their sum modulo 2**width.

    Parameters:
        m: Module that gets the logic.
        width: Bits of the sum.
    """

    def __init__(self, m: Module, width: int):
        self._m = m
        self._columns: list[list[_Bits]] = [[] for _ in range(width)]
        self._constant = 0

    def add(self, weight: int, bits: Value) -> None:
        """Count every bit of a vector with 2**weight."""
        self._put(weight, _Bits(bits))

    def subtract(self, weight: int, bits: Value) -> None:
        """Count every bit of a vector with -2**weight."""
        self._put(weight, _Bits(bits, inverted=True))  # -x is ~x - 1
        self._constant -= len(bits) << weight

    def add_constant(self) -> None:
        """Put in what the subtractions so far owe, at the price of a bit for each one of it."""
        for weight, column in enumerate(self._columns):
            if self._constant >> weight & 1:
                column.append(_Bits(Const(1, 1)))
        self._constant = 0

    @property
    def height(self) -> int:
        """Bits of the highest column."""
        return max(sum(len(bits.vector) for bits in column) for column in self._columns)

    @property
    def vectors(self) -> list[Value]:
        """Everything that is in the heap, for a pipeline register to replace."""
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
        """One level of full adders: three bits become one, and one of the next weight."""
        compressed: list[list[_Bits]] = [[] for _ in range(len(self._columns) + 1)]
        for weight, column in enumerate(self._columns):
            bits = _joined(column)
            third = len(bits) // 3
            # What is left over goes first, so that no bit waits through level after level.
            if len(bits) > 3 * third:
                compressed[weight].append(_Bits(bits[3 * third :]))
            if third:
                x, y, z = bits[:third], bits[third : 2 * third], bits[2 * third : 3 * third]
                # The carry shares its terms with the sum: a majority of three would cost more.
                differ = named(self._m, x ^ y, "differ")
                compressed[weight].append(_Bits(named(self._m, differ ^ z, "sum")))
                carry = named(self._m, (x & y) | (z & differ), "carry")
                compressed[weight + 1].append(_Bits(carry))
        self._columns = compressed[:-1]

    def total(self) -> Value:
        """The sum of a heap of height 2 or less."""
        columns = [Cat(_joined(column), Const(0, 2))[:2] for column in self._columns]
        rows = [Cat(column[row] for column in columns) for row in (0, 1)]
        return named(self._m, (rows[0] + rows[1])[: len(columns)], "total")


def _joined(column: list[_Bits]) -> Value:
    return Cat(~bits.vector if bits.inverted else bits.vector for bits in column)
