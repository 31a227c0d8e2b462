"""Operands of all products of a training step, taken from a copy of the network."""

import copy
from collections.abc import Callable
from functools import partial

from torch import Tensor, nn
from torch.nn import functional

from hbfp_hw.booster import Pass
from hbfp_hw.torch import layer_names, watch_finite
from hbfp_hw.torch.layers import HBFPLayer

Keep = Callable[[int, Pass, Tensor, Tensor], None]
"""Function called with the number of a layer, a product, and the product's operands.

The operands have shape (batch, M, K) and (batch, P, K). They change after the call.
"""


def visit_operands(model: nn.Module, x: Tensor, y: Tensor, keep: Keep) -> list[str]:
    """Take a training step with this batch, and pass the operands of every product to ``keep``.

    A copy of the model takes the step, in its own formats. A layer in FP32 computes matrix products
    too, which may differ from PyTorch's convolution in the last bits.

    Parameters:
        model: A converted model.
        x, y: Samples and their classes.
        keep: Function that gets the operands, before their conversion.

    Returns:
        Names of the layers, by their numbers.

    Raises:
        NotFiniteError: A layer gives NaN or infinity.
    """
    model = copy.deepcopy(model).train()
    names = layer_names(model)
    for number, name in enumerate(names):
        layer = model.get_submodule(name)
        assert isinstance(layer, HBFPLayer)
        layer.recorder = partial(keep, number)
    with watch_finite(model):
        functional.cross_entropy(model(x), y).backward()
    return names
