"""Networks as workloads: the shapes of their layers."""

from collections.abc import Callable
from functools import partial

from hbfp_hw.booster.networks.densenet import densenet
from hbfp_hw.booster.networks.layers import Layer, LayerProduct, Network
from hbfp_hw.booster.networks.resnet import resnet, resnet50_imagenet
from hbfp_hw.booster.networks.transformer import gpt2_block, transformer_base

CLASSIFIERS: dict[str, Callable[..., Network]] = {
    "resnet20": partial(resnet, 20),
    "resnet50": partial(resnet, 50),
    "resnet74": partial(resnet, 74),
    "resnet50-imagenet": resnet50_imagenet,
    "densenet40": partial(densenet, 40),
    "densenet40-k24": partial(densenet, 40, growth=24),
}
"""Networks for images, made for a number of classes."""

LANGUAGE: dict[str, Callable[..., Network]] = {
    "transformer-base": transformer_base,
    "gpt2-block": gpt2_block,
}
"""Networks for text, made for a number of tokens."""

NETWORKS = (*CLASSIFIERS, *LANGUAGE)
"""Names of all networks."""

__all__ = [
    "CLASSIFIERS",
    "LANGUAGE",
    "NETWORKS",
    "Layer",
    "LayerProduct",
    "Network",
    "densenet",
    "gpt2_block",
    "make_network",
    "resnet",
    "resnet50_imagenet",
    "transformer_base",
]


def make_network(name: str, *, classes: int | None = None, length: int | None = None) -> Network:
    """A network by its name.

    Parameters:
        classes: Classes to tell apart, of a network for images.
        length: Tokens of a sample, of a network for text.

    Raises:
        TypeError: A number is not an integer.
        ValueError: The network is unknown or has no such parameter, or a number is out of range.
    """
    if name not in NETWORKS:
        raise ValueError(f"Network must be one of {', '.join(NETWORKS)}, not {name!r}")
    takes, other = ("classes", "length") if name in CLASSIFIERS else ("length", "classes")
    given = {"classes": classes, "length": length}
    if given[other] is not None:
        raise ValueError(f"Network {name} must be given {takes}, not {other}")
    options = {} if given[takes] is None else {takes: given[takes]}
    return {**CLASSIFIERS, **LANGUAGE}[name](**options)
