"""Multiplier array: lanes of sign-magnitude multipliers that share one bit heap."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from amaranth.hdl import Cat, Const, Module, Value

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import max_sum
from hbfp_hw.rtl.bit_heap import BitHeap
from hbfp_hw.rtl.bits import named


@dataclass(frozen=True)
class Planes:
    """Sign-magnitude numbers as bit planes: bit k of a vector belongs to lane k.

    Members:
        signs: Vector of the signs.
        magnitude: Vectors of the magnitudes' bits, lowest first.
    """

    signs: Value
    magnitude: tuple[Value, ...]

    @classmethod
    def of_lanes(cls, m: Module, lanes: list[Value], sign_magnitude: bool) -> "Planes":
        """Return the planes of one mantissa per lane, given in one of the two codes of a block.

        The most negative number in two's complement must not occur.
        """
        if sign_magnitude:
            bits = range(len(lanes[0].magnitude))
            return cls(
                Cat(lane.sign for lane in lanes),
                tuple(Cat(lane.magnitude[bit] for lane in lanes) for bit in bits),
            )
        signs = Cat(lane[-1] for lane in lanes)
        # A bit is inverted where the number is negative and a lower bit is one.
        planes: list[Value] = []
        lower: Value = Const(0, len(lanes))
        for bit in range(len(lanes[0]) - 1):
            plane = named(m, Cat(lane[bit] for lane in lanes), "plane")
            planes.append(named(m, plane ^ (lower & signs), "magnitude"))
            lower = named(m, lower | plane, "lower")
        return cls(signs, tuple(planes))


class MultiplierArray:
    """Exact sum of the products of all lanes, built level by level.

    The partial products of a negative lane enter the bit heap inverted. With every bit inverted,
    they add up to the largest product minus the lane's. A heap of its own counts the negative
    lanes, and the largest product is subtracted once for each of them. Therefore no lane negates a
    number, and none has an adder.

    Parameters:
        products, tree: Modules that get the logic of the lanes and of the bit heap.
        a, b: Operands.
        width: Bits of the signed result; the sum must fit.
    """

    def __init__(self, products: Module, tree: Module, a: Planes, b: Planes, width: int):
        signs = named(products, a.signs ^ b.signs, "signs")
        self._tree = tree
        self._largest = largest_product(a, b)
        self._heap = BitHeap(tree, width)
        self._negatives: BitHeap | None = BitHeap(tree, len(signs).bit_length())
        self._negatives.add(0, signs)
        for weight, product in partial_products(products, a, b, signs):
            self._heap.add(weight, product)
        self._settle()

    @classmethod
    @cache
    def levels(cls, a: HBFPFormat, b: HBFPFormat) -> int:
        """Return the levels of logic: the lanes, levels of full adders, and the last addition."""
        zeros = Const(0, a.block_size)
        left, right = (Planes(zeros, (zeros,) * fmt.fraction_bits) for fmt in (a, b))
        scratch = Module()
        scratch._MustUse__silence = True  # only made to count the steps
        multipliers = cls(scratch, scratch, left, right, max_sum(a, b).bit_length() + 1)
        levels = 2
        while not multipliers.complete:
            multipliers.step()
            levels += 1
        return levels

    @property
    def complete(self) -> bool:
        """True if only the last addition is left."""
        return self._negatives is None and self._heap.height <= 2

    @property
    def vectors(self) -> list[Value]:
        """All vectors after this level; assign registered ones to put a pipeline stage here."""
        counted = [] if self._negatives is None else self._negatives.vectors
        return [*self._heap.vectors, *counted]

    @vectors.setter
    def vectors(self, vectors: list[Value]) -> None:
        split = len(self._heap.vectors)
        self._heap.vectors = vectors[:split]
        if self._negatives is not None:
            self._negatives.vectors = vectors[split:]

    def step(self) -> None:
        """Add one level of full adders."""
        self._heap.compress()
        if self._negatives is not None:
            self._negatives.compress()
            self._settle()

    def total(self) -> Value:
        """Return the signed sum, once the array is :attr:`complete`."""
        return self._heap.total().as_signed()

    def _settle(self) -> None:
        """Subtract the largest product for each negative lane, once they are counted."""
        if self._negatives is None or self._negatives.height > 2:
            return
        count = self._negatives.total()
        for weight, digit in signed_digits(-self._largest):
            for bit in range(len(count)):
                if digit > 0:
                    self._heap.add(weight + bit, count[bit])
                else:
                    self._heap.subtract(weight + bit, count[bit])
        self._heap.add_constant()
        self._negatives = None


def largest_product(a: Planes, b: Planes) -> int:
    """Return the largest product of two numbers with the magnitudes' widths."""
    return ((1 << len(a.magnitude)) - 1) * ((1 << len(b.magnitude)) - 1)


def partial_products(m: Module, a: Planes, b: Planes, signs: Value) -> Iterator[tuple[int, Value]]:
    """Yield the partial products of all lanes, inverted in negative lanes, with their weights.

    Parameters:
        m: Module that gets the logic.
        a, b: Operands.
        signs: Vector of the products' signs.
    """
    if len(a.magnitude) > len(b.magnitude):
        a, b = b, a  # folding the sign costs one gate per bit of the operand
    folded = [named(m, plane ^ signs, "folded") for plane in a.magnitude]
    for j, factor in enumerate(b.magnitude):
        inverted_zero = named(m, signs & ~factor, "inverted_zero")
        for i, plane in enumerate(folded):
            yield i + j, named(m, (plane & factor) | inverted_zero, "partial")


def signed_digits(value: int) -> list[tuple[int, int]]:
    """Return a value as the shortest sum of signed powers of two: pairs (exponent, 1 or -1)."""
    digits = []
    exponent = 0
    while value:
        if value & 1:
            digit = 2 - (value & 3)
            digits.append((exponent, digit))
            value -= digit
        value >>= 1
        exponent += 1
    return digits


def sum_of_products(products: Module, tree: Module, a: Planes, b: Planes, width: int) -> Value:
    """Return the exact sum of the products of all lanes, combinational."""
    multipliers = MultiplierArray(products, tree, a, b, width)
    while not multipliers.complete:
        multipliers.step()
    return multipliers.total()
