"""Payloads and results of a unit in a whole matrix product, by the slow reference of the tests."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.rtl import FP32, MAC, Accumulate, Convert, Dot
from hbfp_hw.rtl.baseline import BF16MAC, FP32MAC, INT8MAC
from hbfp_hw.rtl.unit import Unit
from tests import oracle

Transfer = tuple[dict[str, int], int]
"""Payload of each input stream and the result, as numbers whose bit 0 is the lowest."""


class Word:
    """A payload put together field by field, the lowest bits first."""

    def __init__(self) -> None:
        self.number, self.width = 0, 0

    def put(self, value: int, width: int) -> "Word":
        """Add the lowest bits of a value above those already there, and return the word."""
        self.number |= (value & (1 << width) - 1) << self.width
        self.width += width
        return self


def patterns(matrix: NDArray[np.float32]) -> list[list[int]]:
    """Return a matrix as binary32 patterns."""
    rows: list[list[int]] = matrix.view(np.uint32).tolist()
    return rows


def pieces(line: list[int], size: int) -> list[list[int]]:
    """Cut a line of patterns into parts of equal size, the last one filled with +0."""
    line = line + [0] * (-len(line) % size)
    return [line[first : first + size] for first in range(0, len(line), size)]


def transfers(unit: Unit, x: NDArray[np.float32], w: NDArray[np.float32]) -> list[Transfer]:
    """Return all transfers of the product in order: row by row, column by column, K ascending."""
    rows, columns = patterns(x), patterns(np.ascontiguousarray(w.T))
    if isinstance(unit, Convert):
        return list(_conversions(unit, rows + columns))
    make = _numbers if isinstance(unit, FP32MAC | BF16MAC | INT8MAC) else _blocks
    scales = [
        Fraction(127) / max(abs(oracle.decode(p)) for line in side for p in line)
        for side in (rows, columns)
    ]
    return [each for row in rows for column in columns for each in make(unit, row, column, scales)]


def _block_word(word: Word, values: list[int], block: oracle.Block, unit: Unit, bits: int) -> Word:
    exponent, mantissas = block
    for value, mantissa in zip(values, mantissas, strict=True):
        code = mantissa
        if getattr(unit, "sign_magnitude", False):
            code = abs(mantissa) | value >> 31 << (bits - 1)
        word.put(code, bits)
    return word.put(exponent, _format(unit).exponent_bits)


def _format(unit: Unit) -> HBFPFormat:
    return unit.fmt if isinstance(unit, Convert) else unit.a


def _conversions(unit: Convert, lines: list[list[int]]) -> Iterator[Transfer]:
    fmt, step = unit.fmt, 0
    for line in lines:
        for values in pieces(line, fmt.block_size):
            word = Word()
            for value in values:
                word.put(value, 32)
            if unit.rounding is None:
                word.put(0, 32).put(step, 32).put(0, 2)
            if unit.narrow_bits is not None:
                word.put(0, 1)
            block = oracle.convert(values, fmt.mantissa_bits, fmt.exponent_bits)
            yield (
                {"i": word.number},
                _block_word(Word(), values, block, unit, fmt.mantissa_bits).number,
            )
            step += 1


def _blocks(unit: Unit, row: list[int], column: list[int], scales: object) -> Iterator[Transfer]:
    a, b = unit.a, unit.b
    left, right = pieces(row, a.block_size), pieces(column, b.block_size)
    total = 0
    for step, (xs, ws) in enumerate(zip(left, right, strict=True)):
        x = oracle.convert(xs, a.mantissa_bits, a.exponent_bits)
        w = oracle.convert(ws, b.mantissa_bits, b.exponent_bits)
        exact = sum(p * q for p, q in zip(x[1], w[1], strict=True))
        largest = a.block_size * a.max_mantissa * b.max_mantissa
        product = Word().put(exact, largest.bit_length() + 1).put(x[0] + w[0], a.exponent_bits + 1)
        product.put(0, 1)
        pair = _block_word(Word(), xs, x, unit, a.mantissa_bits)
        _block_word(pair, ws, w, unit, b.mantissa_bits)
        term = oracle.dot(x, w, a.mantissa_bits, b.mantissa_bits, a.exponent_bits)
        before, total = total, oracle.add(total, term)
        match unit:
            case MAC():
                yield {"i": pair.put(before, 32).number}, total
            case Dot():
                yield {"i": pair.number}, product.number
            case FP32():
                yield {"i": product.put(before, 32).number}, term | total << 32
            case Accumulate():
                marker = Word().put(0, 32).put(step == 0, 1).put(step == len(left) - 1, 1)
                yield {"i": product.number, "i_marker": marker.number}, total


def _bf16(pattern: int) -> int:
    """Return the nearest BF16 of a number well inside its range, ties to even."""
    value = abs(oracle.decode(pattern))
    if value == 0:
        return pattern >> 16
    last = oracle.power((pattern >> 23 & 255) - 134)
    return pattern >> 31 << 15 | oracle.encode(round(value / last) * last) >> 16


def _numbers(
    unit: Unit, row: list[int], column: list[int], scales: list[Fraction]
) -> Iterator[Transfer]:
    width = {FP32MAC: 32, BF16MAC: 16, INT8MAC: 8}[type(unit)]
    sum_width = 16 if getattr(unit, "accumulate", None) is Accumulation.BF16 else 32
    if isinstance(unit, BF16MAC):
        row, column = ([_bf16(p) for p in side] for side in (row, column))
    elif isinstance(unit, INT8MAC):
        row, column = (
            [round(oracle.decode(p) * scale) for p in side]
            for side, scale in zip((row, column), scales, strict=True)
        )
    total = 0
    for xs, ws in zip(pieces(row, unit.lanes), pieces(column, unit.lanes), strict=True):
        word = Word()
        for factor in (*xs, *ws):
            word.put(factor, width)
        before, total = total, _multiply_add(unit, xs, ws, total)
        yield {"i": word.put(before, sum_width).number}, total & (1 << sum_width) - 1


def _multiply_add(unit: Unit, xs: list[int], ws: list[int], total: int) -> int:
    if isinstance(unit, INT8MAC):
        return total + sum(x * w for x, w in zip(xs, ws, strict=True))
    if isinstance(unit, BF16MAC):
        narrow = unit.accumulate is Accumulation.BF16
        for x, w in zip(xs, ws, strict=True):
            product = oracle.decode(x << 16) * oracle.decode(w << 16)
            exact = product + oracle.decode(total << 16 if narrow else total)
            total = _round_bf16(exact) if narrow else oracle.encode(exact)
        return total
    products = [oracle.decode(x) * oracle.decode(w) for x, w in zip(xs, ws, strict=True)]
    if unit.fused:
        for product in products:
            total = oracle.encode(oracle.decode(total) + product)
        return total
    terms = [oracle.encode(product) for product in products]
    while len(terms) > 1:
        terms = [oracle.accumulate(terms[i + 1 : i + 2], terms[i]) for i in range(0, len(terms), 2)]
    return oracle.add(terms[0], total)


def _round_bf16(exact: Fraction) -> int:
    """Return the nearest BF16 of an exact number well inside its range, ties to even."""
    if exact == 0:
        return 0
    exponent = abs(exact).numerator.bit_length() - exact.denominator.bit_length()
    if abs(exact) < oracle.power(exponent):
        exponent -= 1
    last = oracle.power(exponent - 7)
    return oracle.encode(round(exact / last) * last) >> 16
