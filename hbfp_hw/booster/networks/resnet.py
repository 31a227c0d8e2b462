"""Residual networks for CIFAR, and ResNet50 for ImageNet."""

from hbfp_hw.booster.networks.layers import (
    Layer,
    Network,
    check_classes,
    cifar_network,
    convolution,
)
from hbfp_hw.format import check_integer

EXPANSION = 4
"""Ratio of a bottleneck block's output channels to its inner channels."""
LEAST_BOTTLENECK = 44
"""Smallest size of a CIFAR network with bottleneck blocks, as in the paper's training code."""


def resnet(size: int, classes: int = 10, *, bottleneck: bool | None = None) -> Network:
    """Return a residual network for CIFAR with three stages of n blocks each.

    A shortcut has a 1 x 1 convolution where the number of channels changes. With basic blocks the
    network has 6n + 2 layers; with bottleneck blocks, of three layers each, it has 9n + 2.

    Parameters:
        size: Number in the network's name, 6n + 2.
        classes: Number of classes.
        bottleneck: Whether blocks are bottleneck blocks. By default they are from size 44 on, as in
            the networks behind the paper's figures.

    Raises:
        TypeError: A number is not an integer.
        ValueError: A number is out of range.
    """
    check_integer("Size", size, 8, 1202)
    if size % 6 != 2:
        raise ValueError(f"Size must be 6n + 2, not {size!r}")
    check_classes(classes)
    if bottleneck is None:
        bottleneck = size >= LEAST_BOTTLENECK
    layers = [convolution("stem", 3, 16, 3, 32, input_gradient=False)]
    stages = [(16, (size - 2) // 6, 32), (32, (size - 2) // 6, 16), (64, (size - 2) // 6, 8)]
    outputs = _add_stages(layers, 16, stages, bottleneck)
    layers.append(Layer("classifier", 1, outputs, classes))
    name = f"resnet{size}" + ("" if bottleneck == (size >= LEAST_BOTTLENECK) else "-basic")
    return cifar_network(name, layers, classes)


def resnet50_imagenet(classes: int = 1000) -> Network:
    """Return ResNet50 for 224 x 224 pixels, with the strides in the 3 x 3 convolutions.

    Raises:
        TypeError: The number of classes is not an integer.
        ValueError: The number of classes is out of range.
    """
    check_classes(classes)
    layers = [convolution("stem", 3, 64, 7, 112, input_gradient=False)]
    stages = [(64, 3, 56), (128, 4, 28), (256, 6, 14), (512, 3, 7)]
    outputs = _add_stages(layers, 64, stages, bottleneck=True)
    layers.append(Layer("classifier", 1, outputs, classes))
    return Network("resnet50-imagenet", tuple(layers), samples=1_281_167, batch=256, epochs=90)


def _add_stages(
    layers: list[Layer], channels: int, stages: list[tuple[int, int, int]], bottleneck: bool
) -> int:
    """Append the layers of stages (channels, blocks, output size). Return the final channels."""
    for number, (inside, blocks, size) in enumerate(stages):
        for block in range(blocks):
            name = f"stage{number + 1}.{block}"
            outputs = EXPANSION * inside if bottleneck else inside
            # The first block of every stage but the first halves the size.
            input_size = 2 * size if number and not block else size
            if bottleneck:
                layers += [
                    convolution(f"{name}.conv1", channels, inside, 1, input_size),
                    convolution(f"{name}.conv2", inside, inside, 3, size),
                    convolution(f"{name}.conv3", inside, outputs, 1, size),
                ]
            else:
                layers += [
                    convolution(f"{name}.conv1", channels, inside, 3, size),
                    convolution(f"{name}.conv2", inside, inside, 3, size),
                ]
            if channels != outputs:
                layers.append(convolution(f"{name}.shortcut", channels, outputs, 1, size))
            channels = outputs
    return channels
