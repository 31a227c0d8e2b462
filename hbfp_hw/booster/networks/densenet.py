"""DenseNets for CIFAR."""

from hbfp_hw.booster.networks.layers import (
    Layer,
    Network,
    check_classes,
    cifar_network,
    convolution,
)
from hbfp_hw.format import check_integer

FIRST_CHANNELS = 16
"""Output channels of the first convolution."""


def densenet(depth: int, classes: int = 10, *, growth: int = 12) -> Network:
    """Return a DenseNet of three dense blocks without bottlenecks or compression.

    A layer in a block takes the outputs of all layers before it in the block. Blocks are joined by
    1 x 1 convolutions that keep the number of channels.

    Parameters:
        depth: Number of layers, 3n + 4.
        classes: Number of classes.
        growth: Output channels of a layer inside a block.

    Raises:
        TypeError: A number is not an integer.
        ValueError: A number is out of range.
    """
    check_integer("Depth", depth, 7, 1204)
    if depth % 3 != 1:
        raise ValueError(f"Depth must be 3n + 4, not {depth!r}")
    check_integer("Growth", growth, 1, 1024)
    check_classes(classes)
    layers = [convolution("stem", 3, FIRST_CHANNELS, 3, 32, input_gradient=False)]
    channels = FIRST_CHANNELS
    for block, size in enumerate((32, 16, 8)):
        if block:
            # The convolution comes before the pooling that halves the size.
            layers.append(convolution(f"transition{block}", channels, channels, 1, 2 * size))
        for number in range((depth - 4) // 3):
            layers.append(convolution(f"block{block + 1}.{number}", channels, growth, 3, size))
            channels += growth
    layers.append(Layer("classifier", 1, channels, classes))
    name = f"densenet{depth}" + ("" if growth == 12 else f"-k{growth}")
    return cifar_network(name, layers, classes)
