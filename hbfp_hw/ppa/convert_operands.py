"""Operands of the converter: the lines of both operands of a product, block by block."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import FieldArrays
from hbfp_hw.cosim.vectors.blocks import formats_of
from hbfp_hw.format import Rounding
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.golden.convert import convert, split
from hbfp_hw.ppa.block_operands import signed_magnitudes
from hbfp_hw.ppa.windows import Places


class ConvertOperands:
    """Blocks of FP32 values of the rows of X, then of the columns of W.

    A converter with all rounding modes rounds to nearest. One with two widths gives the wide one.
    Stochastic rounding has seed 0, and the blocks are its steps in their order.

    Parameters:
        description: Description of the unit.
        x: Left operand, float32, shape (M, K).
        w: Right operand, float32, shape (K, P).

    Members:
        elements, steps, zero: See :class:`~hbfp_hw.ppa.stimulus.ProductOperands`; an element is a
            line, and there is no sum.

    Raises:
        ValueError: The converter takes short blocks, which no unit of the registry does.
    """

    def __init__(
        self, description: DesignDescription, x: NDArray[np.float32], w: NDArray[np.float32]
    ):
        parameters = description.parameters
        if parameters["short"]:
            raise ValueError("Converter must be one without short blocks, not one with them")
        fmt, _ = formats_of(parameters)
        lines = np.concatenate([x, w.T])
        self.values = split(lines, fmt.block_size)
        given = parameters["rounding"]
        self.rounding = Rounding.NEAREST if given == "any" else Rounding[given.upper()]
        self.blocks = convert(lines, fmt, self.rounding, random_bits=parameters["random_bits"])
        self.sign_magnitude = parameters["sign_magnitude"]
        self.elements, self.steps = self.values.shape[:2]
        self.zero: NDArray[Any] = np.zeros((), np.uint8)

    def add(self, places: Places, sums: NDArray[Any]) -> NDArray[Any]:
        """Return the sums as they are: a converter has none."""
        return sums

    def inputs(self, places: Places, sums: NDArray[Any]) -> dict[str, FieldArrays]:
        """Return the payload fields of each input stream."""
        values = self.values[places.elements, places.steps]
        count = len(values)
        return {
            "i": {
                "values": values.view(np.uint32),
                "seed": np.zeros(count, np.uint32),
                "step": (places.elements * self.steps + places.steps).astype(np.uint32),
                "rounding": np.full(count, int(self.rounding)),
                "narrow": np.zeros(count, np.uint8),
            }
        }

    def results(self, places: Places, sums: NDArray[Any]) -> FieldArrays:
        """Return the fields of the output stream."""
        blocks = self.blocks
        mantissas: NDArray[Any] = blocks.mantissas
        if self.sign_magnitude:
            mantissas = signed_magnitudes(blocks, np.signbit(self.values))
        return {
            "mantissas": mantissas[places.elements, places.steps],
            "exponent": blocks.exponents[places.elements, places.steps],
        }
