"""A heap of bits: many numbers added up in carry-save form, without a carry until the end.

The bits of one weight are vectors, and a vector of full adders compresses three of them at once. So
the hardware is one full adder for every bit that disappears, while a simulator computes whole
vectors as words.
"""

from amaranth.hdl import Cat, Const, Module, Value

from hbfp_hw.rtl.bits import named


class Heap:
    """Bits with weights, and their sum modulo 2**width.

    Parameters:
        m: Module that gets the logic.
        width: Bits of the sum.
    """

    def __init__(self, m: Module, width: int):
        self._m = m
        self._columns: list[list[Value]] = [[] for _ in range(width)]
        self._constant = 0

    def add(self, weight: int, bits: Value) -> None:
        """Count every bit of a vector with 2**weight."""
        if weight < len(self._columns):
            self._columns[weight].append(bits)

    def subtract(self, weight: int, bits: Value) -> None:
        """Count every bit of a vector with -2**weight."""
        self.add(weight, ~bits)  # -x is ~x - 1
        self._constant -= len(bits) << weight

    def add_constant(self) -> None:
        """Put in what the subtractions so far owe, at the price of a bit for each one of it."""
        for weight, column in enumerate(self._columns):
            if self._constant >> weight & 1:
                column.append(Const(1, 1))
        self._constant = 0

    @property
    def height(self) -> int:
        """Bits of the highest column."""
        return max(sum(map(len, column)) for column in self._columns)

    @property
    def vectors(self) -> list[Value]:
        """Everything that is in the heap, for a pipeline register to replace."""
        return [bits for column in self._columns for bits in column]

    @vectors.setter
    def vectors(self, vectors: list[Value]) -> None:
        rest = iter(vectors)
        self._columns = [[next(rest) for _ in column] for column in self._columns]

    def compress(self) -> None:
        """One level of full adders: three bits become one, and one of the next weight."""
        compressed: list[list[Value]] = [[] for _ in range(len(self._columns) + 1)]
        for weight, column in enumerate(self._columns):
            bits = Cat(*column)
            third = len(bits) // 3
            # What is left over goes first, so that no bit waits through level after level.
            if len(bits) > 3 * third:
                compressed[weight].append(bits[3 * third :])
            if third:
                x, y, z = bits[:third], bits[third : 2 * third], bits[2 * third : 3 * third]
                # The carry shares its terms with the sum: a majority of three would cost more.
                differ = named(self._m, x ^ y, "differ")
                compressed[weight].append(named(self._m, differ ^ z, "sum"))
                compressed[weight + 1].append(named(self._m, (x & y) | (z & differ), "carry"))
        self._columns = compressed[:-1]

    def total(self) -> Value:
        """The sum of a heap of height 2 or less."""
        columns = [Cat(*column, Const(0, 2))[:2] for column in self._columns]
        rows = [Cat(column[row] for column in columns) for row in (0, 1)]
        return named(self._m, (rows[0] + rows[1])[: len(columns)], "total")
