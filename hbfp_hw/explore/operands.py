"""Operands of all products of a training step, recorded before their conversion."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from hbfp_hw.booster import Pass, Role
from hbfp_hw.training.step_operands import visit_operands

MOST_ELEMENTS = 1 << 18
"""Most elements of an operand that are kept; of a larger one, evenly spaced lines are kept."""


class Operand(NamedTuple):
    """An operand of a product before its conversion.

    Members:
        layer, name: Number of the layer, and its name in the model.
        role, product: Kind of tensor, and the product that uses it.
        lines: Values, float32, shape (lines, K); blocks run along each line.
    """

    layer: int
    name: str
    role: Role
    product: Pass
    lines: NDArray[np.float32]


def operands(model: nn.Module, x: Tensor, y: Tensor) -> list[Operand]:
    """Return the operands of a training step with this batch, by layer, role and product.

    A copy of the model takes the step, in its own formats. A layer in FP32 computes matrix products
    too, which may differ from PyTorch's convolution in the last bits.

    Parameters:
        model: A converted model.
        x, y: Samples and their classes.

    Raises:
        NotFiniteError: A layer gives NaN or infinity.
    """
    found: dict[tuple[int, Role, Pass], NDArray[np.float32]] = {}

    def keep(layer: int, product: Pass, first: Tensor, second: Tensor) -> None:
        for role, operand in zip(product.roles, (first, second), strict=True):
            found[layer, role, product] = _copy(operand.detach().flatten(0, -2))

    names = visit_operands(model, x, y, keep)
    return [
        Operand(number, name, role, product, found[number, role, product])
        for number, name in enumerate(names)
        for role in Role
        for product in Pass
        if (number, role, product) in found
    ]


def _copy(lines: Tensor) -> NDArray[np.float32]:
    """Return a copy of the lines, or of evenly spaced ones, with at most MOST_ELEMENTS values."""
    count = max(1, MOST_ELEMENTS // lines.shape[1])
    return np.array(lines[:: -(-len(lines) // count)].numpy(), order="C")
