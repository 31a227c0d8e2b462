"""Layer shapes of the networks that a workload can train."""

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
"""Constructors of networks for images; each takes a number of classes."""

LANGUAGE: dict[str, Callable[..., Network]] = {
    "transformer-base": transformer_base,
    "gpt2-block": gpt2_block,
}
"""Constructors of networks for text; each takes a number of tokens."""

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
    """Return a network by its name.

    Parameters:
        classes: Number of classes, for a network for images only.
        length: Tokens of a sample, for a network for text only.

    Raises:
        TypeError: A number is not an integer.
        ValueError: The network is unknown or does not take the parameter, or a number is out of
            range.
    """
    if name not in NETWORKS:
        raise ValueError(f"Network must be one of {', '.join(NETWORKS)}, not {name!r}")
    takes, other = ("classes", "length") if name in CLASSIFIERS else ("length", "classes")
    given = {"classes": classes, "length": length}
    if given[other] is not None:
        raise ValueError(f"Network {name} must be given {takes}, not {other}")
    options = {} if given[takes] is None else {takes: given[takes]}
    return {**CLASSIFIERS, **LANGUAGE}[name](**options)
