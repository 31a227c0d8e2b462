"""What a network asks of an engine: its layers as matrix products."""

from dataclasses import dataclass

from hbfp_hw.booster.roles import Pass
from hbfp_hw.format import check_integer

MOST_BATCH = 1 << 20


@dataclass(frozen=True)
class LayerProduct:
    """Matrix products of one shape.

    Members:
        rows, length, columns: M, K and P.
        count: How many of them.
    """

    rows: int
    length: int
    columns: int
    count: int = 1

    @property
    def macs(self) -> int:
        """Multiply-accumulate operations of all of them."""
        return self.rows * self.length * self.columns * self.count


@dataclass(frozen=True)
class Layer:
    """Products of one sample in one layer.

    A convolution is the product of its unfolded input: a row for each output pixel, an element
    along K for each input channel and place of the kernel, a column for each output channel.

    Members:
        name: Unique in the network.
        rows, length, columns: M, K and P of the forward product.
        count: Products of a sample: groups, or heads of attention.
        weights: Whether W is weights; else it is a second input (products of attention), other for
            each sample, and the product dW gives the gradient of that.
        input_gradient: Whether dX is needed: not where X is the network's input.
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
        """Weights, without biases."""
        return self.length * self.columns * self.count if self.weights else 0

    @property
    def macs(self) -> int:
        """Multiply-accumulate operations of one sample's forward pass."""
        return self.rows * self.length * self.columns * self.count

    def products(self, batch: int) -> dict[Pass, LayerProduct]:
        """Products of one training step.

        Raises:
            TypeError: The batch is not an integer.
            ValueError: It is out of range.
        """
        check_integer("Batch", batch, 1, MOST_BATCH)
        # Weights are the same for all samples, whose rows come in one product.
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
    """A network, and how it is trained unless said otherwise.

    Members:
        name: What it is called.
        layers: In the order of the forward pass.
        whole: Whether its first and last layer are those of a network; a block of one has neither.
        samples: Samples of the training set.
        batch: Samples of a training step.
        epochs: Epochs of a training run.
    """

    name: str
    layers: tuple[Layer, ...]
    samples: int
    batch: int
    epochs: int
    whole: bool = True

    @property
    def parameters(self) -> int:
        """Weights of all layers, without biases and normalisation."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def macs(self) -> int:
        """Multiply-accumulate operations of one sample's forward pass."""
        return sum(layer.macs for layer in self.layers)

    @property
    def edges(self) -> tuple[Layer, ...]:
        """First and last layer, if it is a whole network."""
        return (self.layers[0], self.layers[-1]) if self.whole else ()

    @property
    def edge_share(self) -> float:
        """Share of the first and the last layer in the operations of the forward pass."""
        return sum(layer.macs for layer in self.edges) / self.macs


def convolution(
    name: str, inputs: int, outputs: int, kernel: int, size: int, *, input_gradient: bool = True
) -> Layer:
    """A square convolution whose output is ``size`` by ``size`` pixels."""
    return Layer(
        name, size * size, kernel * kernel * inputs, outputs, input_gradient=input_gradient
    )


def check_classes(classes: int) -> None:
    """Raise unless a number of classes can be told apart."""
    check_integer("Classes", classes, 2, 1 << 16)


def cifar_network(name: str, layers: list[Layer], classes: int) -> Network:
    """A network of CIFAR, trained as the paper does: 160 epochs, or 300 for 100 classes."""
    epochs = 300 if classes == 100 else 160
    return Network(name, tuple(layers), samples=50_000, batch=128, epochs=epochs)
