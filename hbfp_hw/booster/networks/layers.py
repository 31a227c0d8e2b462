"""Layers and networks described by the shapes of their matrix products."""

from dataclasses import dataclass

from hbfp_hw.booster.roles import Pass
from hbfp_hw.format import check_integer

MOST_BATCH = 1 << 20
"""Largest number of samples in a training step."""


@dataclass(frozen=True)
class LayerProduct:
    """One or several matrix products of the same shape.

    Members:
        rows, length, columns: M, K and P.
        count: Number of products.
    """

    rows: int
    length: int
    columns: int
    count: int = 1

    @property
    def macs(self) -> int:
        """Multiply-adds of all products."""
        return self.rows * self.length * self.columns * self.count


@dataclass(frozen=True)
class Layer:
    """A layer, described by the forward product of one sample.

    A convolution is one matrix product (im2col): M is the number of output pixels, K the number of
    input channels times kernel positions, and P the number of output channels.

    Members:
        name: Name, unique in the network.
        rows, length, columns: M, K and P of the forward product.
        count: Products per sample: groups of a convolution, or heads of attention.
        weights: Whether W holds weights. Otherwise W is a second input, as in attention, with a
            matrix of its own for each sample, and dW is that input's gradient.
        input_gradient: Whether dX is computed. The layer that takes the network's input needs none.
    """

    name: str
    rows: int
    length: int
    columns: int
    count: int = 1
    weights: bool = True
    input_gradient: bool = True

    @property
    def parameters(self) -> int:
        """Number of weights, without biases."""
        return self.length * self.columns * self.count if self.weights else 0

    @property
    def macs(self) -> int:
        """Multiply-adds of one sample's forward pass."""
        return self.rows * self.length * self.columns * self.count

    def products(self, batch: int) -> dict[Pass, LayerProduct]:
        """Return the products of one training step with this many samples.

        Raises:
            TypeError: The batch is not an integer.
            ValueError: The batch is out of range.
        """
        check_integer("Batch", batch, 1, MOST_BATCH)
        # All samples share the weights, so their rows form one product.
        rows, count = self.rows, self.count
        if self.weights:
            rows *= batch
        else:
            count *= batch
        products = {Pass.FORWARD: LayerProduct(rows, self.length, self.columns, count)}
        if self.input_gradient:
            products[Pass.INPUT_GRADIENT] = LayerProduct(rows, self.columns, self.length, count)
        products[Pass.WEIGHT_GRADIENT] = LayerProduct(self.length, rows, self.columns, count)
        return products


@dataclass(frozen=True)
class Network:
    """A network with its usual data set, batch and number of epochs.

    Members:
        name: Name on the command line.
        layers: Layers in the order of the forward pass.
        samples: Samples of the training set.
        batch: Default number of samples in a training step.
        epochs: Default number of epochs.
        whole: Whether this is a whole network. A part of one, such as a single transformer block,
            lacks the first and the last layer, which the booster schedule treats differently.
    """

    name: str
    layers: tuple[Layer, ...]
    samples: int
    batch: int
    epochs: int
    whole: bool = True

    @property
    def parameters(self) -> int:
        """Number of weights of all layers, without biases or normalisation."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def macs(self) -> int:
        """Multiply-adds of one sample's forward pass."""
        return sum(layer.macs for layer in self.layers)

    @property
    def edges(self) -> tuple[Layer, ...]:
        """First and last layer; empty for a part of a network."""
        return (self.layers[0], self.layers[-1]) if self.whole else ()

    @property
    def edge_share(self) -> float:
        """Share of the first and the last layer in the multiply-adds of the forward pass."""
        return sum(layer.macs for layer in self.edges) / self.macs


def convolution(
    name: str, inputs: int, outputs: int, kernel: int, size: int, *, input_gradient: bool = True
) -> Layer:
    """Return a convolution with a square kernel and an output of ``size`` by ``size`` pixels."""
    return Layer(
        name, size * size, kernel * kernel * inputs, outputs, input_gradient=input_gradient
    )


def check_classes(classes: int) -> None:
    """Raise unless the number of classes is an integer of 2 to 65,536."""
    check_integer("Classes", classes, 2, 1 << 16)


def cifar_network(name: str, layers: list[Layer], classes: int) -> Network:
    """Return a CIFAR network with the paper's training: 160 epochs, or 300 for 100 classes."""
    epochs = 300 if classes == 100 else 160
    return Network(name, tuple(layers), samples=50_000, batch=128, epochs=epochs)
