"""Shapes of networks, checked against published numbers of parameters and operations."""

import re

import numpy as np
import pytest

from hbfp_hw.booster import Pass
from hbfp_hw.booster.networks import (
    NETWORKS,
    Layer,
    densenet,
    gpt2_block,
    make_network,
    resnet,
    resnet50_imagenet,
    transformer_base,
)


def convolved(network):
    """Return the output channels of all convolutions, each with two normalisation parameters."""
    return sum(layer.columns for layer in network.layers if layer.name != "classifier")


@pytest.mark.parametrize(
    ("size", "millions"), [(20, 40.81), (32, 69.12), (44, 97.44), (56, 125.75)]
)
def test_basic_resnets(size, millions):
    """Multiply-adds as the model zoo chenyaofo/pytorch-cifar-models lists them for CIFAR10."""
    network = resnet(size, 10, bottleneck=False)
    assert f"{network.macs / 1e6:.2f}" == f"{millions:.2f}"
    # Six more layers are one more block in each stage, with 2 · 9 · 16² · 32² operations each.
    assert resnet(size + 6, bottleneck=False).macs - network.macs == 3 * 2 * 9 * 16**2 * 32**2


@pytest.mark.parametrize(("size", "thousands"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85)])
def test_parameters_of_basic_resnets(size, thousands):
    """Millions of parameters as in He et al. 2016, table 6, whose shortcuts have none."""
    network = resnet(size, 10, bottleneck=False)
    shortcuts = [layer for layer in network.layers if layer.name.endswith("shortcut")]
    assert len(shortcuts) == 2
    assert len(network.layers) - len(shortcuts) == size
    normalisation = 2 * (convolved(network) - sum(layer.columns for layer in shortcuts))
    weights = network.parameters - sum(layer.parameters for layer in shortcuts)
    assert f"{(weights + normalisation + 10) / 1e6:.2f}" == f"{thousands:.2f}"


@pytest.mark.parametrize(("size", "layers"), [(50, 74), (74, 110)])
def test_bottleneck_resnets(size, layers):
    network = resnet(size)
    shortcuts = sum(layer.name.endswith("shortcut") for layer in network.layers)
    assert (len(network.layers) - shortcuts, shortcuts) == (layers, 3)
    assert network.layers[-1].length == 256


@pytest.mark.parametrize(
    ("name", "share", "paper"),
    [("resnet20", "1.0855", 1.08), ("resnet50", "0.3904", 0.39), ("resnet74", "0.2657", 0.27)],
)
def test_share_of_the_first_and_the_last_layer(name, share, paper):
    """The paper's shares in percent. docs/workloads.md says how they are counted."""
    network = make_network(name)
    assert f"{100 * network.edge_share:.4f}" == share
    assert abs(100 * network.edge_share - paper) < 0.006
    stem, classifier = network.edges
    assert (stem.macs, stem.name) == (3 * 9 * 16 * 32 * 32, "stem")
    assert classifier.macs == classifier.parameters == classifier.length * 10


def test_resnet50_of_imagenet():
    """25,557,032 parameters and 4.09 G multiply-adds, as torchvision's documentation says."""
    network = resnet50_imagenet()
    assert network.parameters + 2 * convolved(network) + 1000 == 25_557_032
    assert f"{network.macs / 1e9:.2f}" == "4.09"


def test_densenet40():
    """1.0 M parameters as in Huang et al. 2017, table 2: 1,019,722 with normalisation and bias."""
    network = densenet(40)
    # Every convolution but the first normalises its input, and so does the classifier.
    inputs = [
        layer.length // (1 if layer.rows == 1 or "tr" in layer.name else 9)
        for layer in network.layers[1:]
    ]
    assert network.parameters + 2 * sum(inputs) + 10 == 1_019_722
    assert len(network.layers) == 40
    wide = densenet(40, growth=24)
    assert wide.name == "densenet40-k24"
    assert wide.layers[-1].length == 16 + 36 * 24


@pytest.mark.parametrize("length", [1, 64, 100])
def test_transformer_base(length):
    """Sizes as in Vaswani et al. 2017, section 3; table 3 gives 65 M parameters."""
    network = transformer_base(length)
    embedding, block = 37_000 * 512, 4 * 512**2 + 2 * 512 * 2048
    # A decoder block also has cross-attention to the encoder's output.
    weights = embedding + 6 * block + 6 * (block + 4 * 512**2)
    assert network.parameters == weights == 62_984_192
    normalisation, bias = 5 * 6 * 2 * 512, 6 * (12 * 512 + 2 * (512 + 2048))
    assert f"{(weights + normalisation + bias) / 1e6:.1f}" == "63.1"
    # Every token uses each weight once. Scores and values occur three times in a pair of blocks.
    assert network.macs == length * weights + 18 * 2 * length**2 * 512


def test_gpt2_block():
    """7.08 M weights: 12 · 768²."""
    network = gpt2_block()
    assert network.parameters == 12 * 768**2
    assert network.macs == 1024 * network.parameters + 2 * 1024**2 * 768
    assert network.edges == ()
    assert network.edge_share == 0


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network(name):
    network = make_network(name)
    assert network.name == name
    names = [layer.name for layer in network.layers]
    assert len(set(names)) == len(names)
    images = [layer.name for layer in network.layers if not layer.input_gradient]
    assert images == (["stem"] if names[0] == "stem" else [])
    assert min(network.samples, network.batch, network.epochs) > 0


@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("input_gradient", [False, True])
def test_products_of_a_layer(weights, input_gradient):
    """The three products have the shapes of these matrix products."""
    batch = 7
    layer = Layer("a", 2, 3, 5, 4, weights=weights, input_gradient=input_gradient)
    products = layer.products(batch)
    assert list(products) == [each for each in Pass if input_gradient or "input" not in each]
    x = np.zeros((layer.rows * (batch if weights else 1), layer.length))
    w = np.zeros((layer.length, layer.columns))
    dy = x @ w
    operands = {
        Pass.FORWARD: (x, w),
        Pass.INPUT_GRADIENT: (dy, w.T),
        Pass.WEIGHT_GRADIENT: (x.T, dy),
    }
    for kind, product in products.items():
        a, b = operands[kind]
        assert (product.rows, product.length, product.columns) == (*a.shape, b.shape[1])
        assert product.count == (4 if weights else 4 * batch)
        assert product.macs == batch * layer.macs
    assert layer.parameters == (4 * 15 if weights else 0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: resnet(21), ValueError, "Size must be 6n + 2, not 21"),
        (lambda: resnet(2), ValueError, "Size must be 8 to 1202, not 2"),
        (lambda: resnet(20.0), TypeError, "Size must be an integer, not 20.0"),
        (lambda: resnet(20, 1), ValueError, "Classes must be 2 to 65536, not 1"),
        (lambda: densenet(41), ValueError, "Depth must be 3n + 4, not 41"),
        (lambda: densenet(40, growth=0), ValueError, "Growth must be 1 to 1024, not 0"),
        (lambda: gpt2_block(0), ValueError, "Length must be 1 to 65536, not 0"),
        (lambda: transformer_base("a"), TypeError, "Length must be an integer, not 'a'"),
        (
            lambda: make_network("a"),
            ValueError,
            f"Network must be one of {', '.join(NETWORKS)}, not 'a'",
        ),
        (
            lambda: make_network("gpt2-block", classes=3),
            ValueError,
            "Network gpt2-block must be given length, not classes",
        ),
        (lambda: resnet(20).layers[0].products(0), ValueError, "Batch must be 1 to 1048576, not 0"),
    ],
)
def test_refused(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()
