"""Operands of a product in HBFP, as the units dot, fp32, accumulate and mac take them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import FieldArrays
from hbfp_hw.cosim.vectors.blocks import formats_of
from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.convert import convert, split
from hbfp_hw.golden.dot import DotProduct, dot
from hbfp_hw.golden.fp32 import add
from hbfp_hw.ppa.windows import Places


class Lines:
    """One operand of a product, converted to blocks along K.

    Parameters:
        values: Rows of X or columns of W, float32, shape (lines, K).
        fmt: Format of the blocks.
    """

    def __init__(self, values: NDArray[np.float32], fmt: HBFPFormat):
        values = np.ascontiguousarray(values)
        self.blocks = convert(values, fmt)
        self.negative = np.signbit(split(values, fmt.block_size))

    def pick(self, lines: NDArray[np.int64], steps: NDArray[np.int64]) -> Blocks:
        """Return the blocks of these lines and steps, shape (transfers,)."""
        blocks = self.blocks
        return Blocks(blocks.fmt, blocks.mantissas[lines, steps], blocks.exponents[lines, steps])

    def fields(
        self, name: str, lines: NDArray[np.int64], steps: NDArray[np.int64], sign_magnitude: bool
    ) -> dict[str, NDArray[Any]]:
        """Return the payload fields of blocks, in one of the two codes of a mantissa."""
        blocks = self.pick(lines, steps)
        mantissas: NDArray[Any] = blocks.mantissas
        if sign_magnitude:
            mantissas = signed_magnitudes(blocks, self.negative[lines, steps])
        return {f"{name}.mantissas": mantissas, f"{name}.exponent": blocks.exponents}


def signed_magnitudes(blocks: Blocks, negative: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return mantissas in sign and magnitude; a value that rounds to 0 keeps its sign.

    Parameters:
        blocks: The blocks.
        negative: Sign of each value before its conversion.
    """
    magnitudes = np.abs(blocks.mantissas.astype(np.int64))
    return magnitudes | negative.astype(np.int64) << blocks.fmt.fraction_bits


class DotOperands:
    """Operands of ``dot``, which takes pairs of blocks and has no sum.

    Parameters:
        description: Description of the unit.
        x: Left operand, float32, shape (M, K).
        w: Right operand, float32, shape (K, P).

    Members:
        elements, steps, zero: See :class:`~hbfp_hw.ppa.stimulus.ProductOperands`.
    """

    def __init__(
        self, description: DesignDescription, x: NDArray[np.float32], w: NDArray[np.float32]
    ):
        fmt_a, fmt_b = formats_of(description.parameters)
        self.sign_magnitude = bool(description.parameters.get("sign_magnitude", False))
        self.a, self.b = Lines(x, fmt_a), Lines(w.T, fmt_b)
        self.columns = w.shape[1]
        self.elements, self.steps = len(x) * self.columns, self.a.blocks.exponents.shape[1]
        self.zero: NDArray[Any] = np.zeros((), np.float32)

    def _lines(self, places: Places) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        rows, columns = np.divmod(places.elements, self.columns)
        return rows, columns

    def product(self, places: Places) -> DotProduct:
        """Return the exact dot products of these transfers."""
        rows, columns = self._lines(places)
        return dot(self.a.pick(rows, places.steps), self.b.pick(columns, places.steps))

    def pair(self, places: Places) -> dict[str, NDArray[Any]]:
        """Return the fields of both blocks."""
        rows, columns = self._lines(places)
        a = self.a.fields("a", rows, places.steps, self.sign_magnitude)
        return a | self.b.fields("b", columns, places.steps, self.sign_magnitude)

    def add(self, places: Places, sums: NDArray[Any]) -> NDArray[Any]:
        """Return the sums after these transfers, each dot product rounded before it is added."""
        return add(sums, self.product(places).round())

    def inputs(self, places: Places, sums: NDArray[Any]) -> dict[str, FieldArrays]:
        """Return the payload fields of each input stream."""
        return {"i": self.pair(places)}

    def results(self, places: Places, sums: NDArray[Any]) -> FieldArrays:
        """Return the fields of the output stream."""
        return self._exact("", places)

    def _exact(self, prefix: str, places: Places) -> dict[str, NDArray[Any]]:
        product = self.product(places)
        return {
            f"{prefix}sum": product.sums,
            f"{prefix}exponent": product.exponents,
            f"{prefix}nan": product.nan,
        }


class MACOperands(DotOperands):
    """Operands of ``mac``: pairs of blocks and the running sum."""

    def inputs(self, places: Places, sums: NDArray[Any]) -> dict[str, FieldArrays]:
        """Return the payload fields of each input stream."""
        return {"i": {**self.pair(places), "c": sums.view(np.uint32)}}

    def results(self, places: Places, sums: NDArray[Any]) -> FieldArrays:
        """Return the fields of the output stream."""
        return {"value": sums.view(np.uint32)}


class FP32Operands(DotOperands):
    """Operands of ``fp32``: exact dot products and the running sum."""

    def inputs(self, places: Places, sums: NDArray[Any]) -> dict[str, FieldArrays]:
        """Return the payload fields of each input stream."""
        return {"i": {**self._exact("product.", places), "addend": sums.view(np.uint32)}}

    def results(self, places: Places, sums: NDArray[Any]) -> FieldArrays:
        """Return the fields of the output stream."""
        value = self.product(places).round()
        return {"value": value.view(np.uint32), "total": sums.view(np.uint32)}


class AccumulateOperands(DotOperands):
    """Operands of ``accumulate``: exact dot products, with the limits of each output element."""

    def inputs(self, places: Places, sums: NDArray[Any]) -> dict[str, FieldArrays]:
        """Return the payload fields of each input stream."""
        marker = {
            "c": np.zeros(len(places.steps), np.uint32),
            "first": places.steps == 0,
            "last": places.steps == self.steps - 1,
        }
        return {"i": self._exact("", places), "i_marker": marker}

    def results(self, places: Places, sums: NDArray[Any]) -> FieldArrays:
        """Return the fields of the output stream."""
        return {"value": sums.view(np.uint32)}
