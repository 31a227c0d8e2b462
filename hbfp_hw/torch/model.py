"""Conversion of existing models to layers that give the same bits as the hardware."""

from collections.abc import Collection
from typing import TypeVar, cast

from torch import nn

from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.torch.convolution import HBFPConv1d, HBFPConv2d
from hbfp_hw.torch.layers import HBFPLayer, HBFPLinear

Model = TypeVar("Model", bound=nn.Module)

CONVERTED: dict[type[nn.Module], type[HBFPLayer]] = {
    nn.Linear: HBFPLinear,
    nn.Conv1d: HBFPConv1d,
    nn.Conv2d: HBFPConv2d,
}
"""Layers that are converted, with the classes that they get."""

OTHERS = (
    *CONVERTED,  # subclasses of convertible layers
    nn.Conv3d,
    nn.ConvTranspose1d,
    nn.ConvTranspose2d,
    nn.ConvTranspose3d,
    nn.Bilinear,
    nn.RNNBase,
    nn.RNNCellBase,
    nn.MultiheadAttention,
    # This loss, new in PyTorch 2.13, multiplies by the weight of a linear layer without calling it.
    *([nn.LinearCrossEntropyLoss] if hasattr(nn, "LinearCrossEntropyLoss") else []),
)
"""Layers that multiply matrices and cannot be converted."""

LOOKUPS = nn.Embedding, nn.EmbeddingBag
"""Modules that may share a converted layer's weight, because they only look up its values."""


def layer_names(model: nn.Module, keep: Collection[str] = ()) -> list[str]:
    """Return the names of the layers that :func:`convert_model` converts, in schedule order.

    The order is that of ``model.named_modules()``.

    Parameters:
        model: Any model.
        keep: Names of modules that stay FP32, with everything in them.

    Raises:
        ValueError: A module that is not kept multiplies matrices and cannot be converted; a name in
            ``keep`` does not exist; no layer is left to convert; or the weight of a converted layer
            is shared with a module that is neither converted nor kept nor an embedding.
    """
    return list(_layers(model, keep))


def convert_model(model: Model, schedule: BoosterSchedule, *, keep: Collection[str] = ()) -> Model:
    """Convert all linear layers and convolutions of a model, in place, to follow a schedule.

    Parameters, hooks and the keys of ``state_dict`` do not change, and existing optimizers remain
    valid.

    Parameters:
        model: Any model whose matrix products are in ``nn.Linear``, ``nn.Conv1d`` and
            ``nn.Conv2d``. A converted model may be given another schedule.
        schedule: Schedule with as many layers as :func:`layer_names` returns.
        keep: Names of modules that stay FP32, with everything in them.

    Returns:
        The same model.

    Raises:
        TypeError: The schedule is not a BoosterSchedule.
        ValueError: The numbers of layers differ, or :func:`layer_names` raises the error.
    """
    if not isinstance(schedule, BoosterSchedule):
        raise TypeError(f"Schedule must be a BoosterSchedule, not {schedule!r}")
    layers = _layers(model, keep)
    if len(layers) != schedule.layers:
        raise ValueError(
            f"Schedule must be of {len(layers)} layers, as the model is, not {schedule.layers!r}"
        )
    for number, layer in enumerate(layers.values()):
        if not isinstance(layer, HBFPLayer):
            layer.__class__ = CONVERTED[type(layer)]
        cast(HBFPLayer, layer).follow(schedule, number)
    return model


def _layers(model: nn.Module, keep: Collection[str]) -> dict[str, nn.Module]:
    modules = dict(model.named_modules(remove_duplicate=False))
    for name in keep:
        if name not in modules:
            raise ValueError(f"Name to keep must be one of the model's modules, not {name!r}")
    kept = {part for name in keep for part in modules[name].modules()}
    layers = {}
    for name, module in model.named_modules():
        if module in kept:
            continue
        if type(module) in CONVERTED or isinstance(module, HBFPLayer):
            layers[name] = module
        elif isinstance(module, OTHERS):
            raise ValueError(
                "Layers must be nn.Linear, nn.Conv1d or nn.Conv2d, or kept in FP32 by name, "
                f"not {type(module).__name__} {name!r}"
            )
    if not layers:
        raise ValueError("Model must have a layer to convert, not none")
    _check_shared(modules, layers, kept)
    return layers


def _check_shared(
    modules: dict[str, nn.Module], layers: dict[str, nn.Module], kept: set[nn.Module]
) -> None:
    """Raise if a module that is neither converted nor kept shares a converted layer's weight.

    Such a module could multiply by the weight in FP32 unnoticed.
    """
    owners = {id(layer._parameters.get("weight")): name for name, layer in layers.items()}
    fine = {*kept, *layers.values()}
    for name, module in modules.items():
        if module in fine or isinstance(module, LOOKUPS):
            continue
        for parameter in module.parameters(recurse=False):
            if id(parameter) in owners:
                raise ValueError(
                    "Weight of a converted layer must be shared with converted layers, embeddings "
                    "or modules kept in FP32 by name, "
                    f"not that of {owners[id(parameter)]!r} with {type(module).__name__} {name!r}"
                )
