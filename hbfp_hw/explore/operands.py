"""The operands of all products of a training step."""

import copy
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from hbfp_hw.booster import Pass, Role
from hbfp_hw.torch import layer_names, watch_finite
from hbfp_hw.torch.layers import HBFPLayer

MOST_ELEMENTS = 1 << 18
"""Elements of an operand that are looked at; of larger ones, lines spread evenly."""


class Operand(NamedTuple):
    """An operand of a product, before it is converted.

    Members:
        layer: Number of the layer.
        name: Its name in the model.
        role, product: Which tensor it is, and of which product.
        lines: float32, shape (lines, K): blocks run along each line.
    """

    layer: int
    name: str
    role: Role
    product: Pass
    lines: NDArray[np.float32]


def operands(model: nn.Module, x: Tensor, y: Tensor) -> list[Operand]:
    """What a training step of this batch converts, by layer, role and product.

    The step is made by a copy, in its own arithmetic; where that is FP32, its products are those of
    matrices, which may differ from PyTorch's convolutions in the last bits.

    Parameters:
        model: A converted model.
        x, y: Samples and their classes.

    Raises:
        NotFiniteError: A layer gives NaN or infinity.
    """
    model = copy.deepcopy(model).train()
    found: dict[tuple[int, Role, Pass], NDArray[np.float32]] = {}

    def record(layer: int, product: Pass, first: Tensor, second: Tensor) -> None:
        for role, operand in zip(product.roles, (first, second), strict=True):
            found[layer, role, product] = _some(operand.detach().flatten(0, -2))

    names = layer_names(model)
    for number, layer in enumerate(_layers(model, names)):
        layer.recorder = partial(record, number)
    with watch_finite(model):
        functional.cross_entropy(model(x), y).backward()
    return [
        Operand(number, name, role, product, found[number, role, product])
        for number, name in enumerate(names)
        for role in Role
        for product in Pass
        if (number, role, product) in found
    ]


def _layers(model: nn.Module, names: list[str]) -> Iterator[HBFPLayer]:
    for name in names:
        layer = model.get_submodule(name)
        assert isinstance(layer, HBFPLayer)
        yield layer


def _some(lines: Tensor) -> NDArray[np.float32]:
    """A copy of the lines, or of as many of them as are looked at."""
    count = max(1, MOST_ELEMENTS // lines.shape[1])
    return np.array(lines[:: -(-len(lines) // count)].numpy(), order="C")
