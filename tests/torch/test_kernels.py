"""FP32 operations have PyTorch's bits in compiled models, and are PyTorch's own otherwise."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.torch import convert_model, kernels
from tests.torch.patterns import normal, same

EXACT = {"fallback_by_default": True, "selective_decompose": True}
"""Options with which Inductor leaves all FP32 operations to PyTorch's own kernels."""


class Function(nn.Module):
    """A function as a module, with parameters of the given shapes."""

    def __init__(self, function, *shapes):
        super().__init__()
        rng = np.random.default_rng(1)
        self.function = function
        self.others = nn.ParameterList([normal(rng, *shape) for shape in shapes])

    def forward(self, x):
        return self.function(x, *self.others)


def fp32_layer(layer):
    """Return a converted layer in an FP32 epoch."""
    return convert_model(layer, BoosterSchedule([[0]], block_size=4))


def padded(mode):
    layer = nn.Conv2d(3, 4, 3, padding=(2, 1), padding_mode=mode)
    return convert_model(layer, BoosterSchedule([[4]], block_size=4))


def make_bias(x, bias):
    return kernels.add(x, bias[:, None, None])


CASES = {
    "add": (lambda: Function(kernels.add, (40,)), (16, 30, 40)),
    "add to all": (lambda: Function(kernels.add, (30, 40)), (16, 30, 40)),
    "add smaller": (lambda: Function(kernels.add, (16, 30, 40)), (30, 1)),
    "add channels": (lambda: Function(make_bias, (8,)), (16, 8, 9, 9)),
    "mean": (lambda: Function(lambda x: kernels.mean(x, 1)), (4, 200, 40)),
    "mean of two": (lambda: Function(lambda x: kernels.mean(x, (0, -1))), (40, 9, 40)),
    "softmax": (lambda: Function(lambda x: kernels.softmax(x, -1)), (16, 4, 30)),
    "gelu": (lambda: Function(lambda x: kernels.gelu(x, "tanh")), (16, 40)),
    "reflect": (lambda: Function(lambda x: kernels.pad(x, (2, 1), "reflect")), (6, 8, 9)),
    "linear": (lambda: Function(kernels.linear, (10, 40), (10,)), (64, 40)),
    "nn.LayerNorm": (lambda: kernels.pin_kernels(nn.LayerNorm(40)), (16, 30, 40)),
    "nn.LayerNorm plain": (
        lambda: kernels.pin_kernels(nn.LayerNorm((30, 40), elementwise_affine=False)),
        (16, 30, 40),
    ),
    "nn.BatchNorm1d": (lambda: kernels.pin_kernels(nn.BatchNorm1d(8)), (64, 8)),
    "nn.BatchNorm1d signals": (lambda: kernels.pin_kernels(nn.BatchNorm1d(8)), (64, 8, 20)),
    "nn.BatchNorm2d": (lambda: kernels.pin_kernels(nn.BatchNorm2d(8)), (16, 8, 9, 9)),
    "nn.BatchNorm2d plain": (
        lambda: kernels.pin_kernels(nn.BatchNorm2d(8, affine=False)),
        (16, 8, 9, 9),
    ),
    "nn.BatchNorm2d evaluation": (
        lambda: kernels.pin_kernels(nn.BatchNorm2d(8)).eval(),
        (16, 8, 9, 9),
    ),
    "nn.AdaptiveAvgPool1d": (lambda: kernels.pin_kernels(nn.AdaptiveAvgPool1d(1)), (16, 8, 200)),
    "nn.AdaptiveAvgPool2d": (
        lambda: kernels.pin_kernels(nn.AdaptiveAvgPool2d((1, 1))),
        (16, 8, 20, 20),
    ),
    "nn.GELU": (lambda: kernels.pin_kernels(nn.GELU()), (16, 40)),
    "nn.Softmax": (lambda: kernels.pin_kernels(nn.Softmax(1)), (16, 40)),
    "FP32 linear": (lambda: fp32_layer(nn.Linear(40, 10)), (16, 30, 40)),
    "FP32 linear without bias": (lambda: fp32_layer(nn.Linear(40, 10, bias=False)), (64, 40)),
    "FP32 convolution": (
        lambda: fp32_layer(nn.Conv2d(6, 8, (3, 2), (2, 1), (1, 0), (1, 2), groups=2)),
        (16, 6, 9, 9),
    ),
    "FP32 convolution of one sample": (
        lambda: fp32_layer(nn.Conv2d(6, 8, 3, padding_mode="circular", padding=(1, 2))),
        (6, 9, 8),
    ),
    "FP32 convolution of even size": (
        lambda: fp32_layer(nn.Conv2d(6, 8, (4, 3), padding="same")),
        (16, 6, 9, 9),
    ),
    "FP32 convolution of signals": (
        lambda: fp32_layer(nn.Conv1d(6, 8, 4, padding="valid", bias=False)),
        (16, 6, 30),
    ),
    "padding by reflection": (lambda: padded("reflect"), (16, 3, 6, 6)),
    "padding by replication": (lambda: padded("replicate"), (16, 3, 6, 6)),
}


class Spy:
    """A compiler back end that runs graphs unchanged and records the operators that they call."""

    def __init__(self):
        self.operators = set()

    def __call__(self, graph, inputs):
        self.operators |= {str(node.target) for node in graph.graph.nodes}
        return graph.forward

    @property
    def pinned(self):
        return any(name.startswith("hbfp.") for name in self.operators)


@pytest.fixture(autouse=True)
def fresh():
    torch._dynamo.reset()


def results(model, call, shape, dtype=torch.float32):
    """Return outputs, gradients and buffers of two steps."""
    rng, found = np.random.default_rng(2), []
    for _ in range(2):
        x = normal(rng, *shape).to(dtype).requires_grad_()
        model.zero_grad()
        y = call(x)
        torch.autograd.backward(y, normal(rng, *y.shape).to(y.dtype))
        found += [y.detach(), x.grad, *(each.grad.clone() for each in model.parameters())]
    return [each.float() for each in (*found, *model.buffers())]


def compare(case, backend):
    make, shape = CASES[case]
    torch.manual_seed(0)
    model = make()
    other = copy.deepcopy(model)
    expected = results(model, model, shape)
    found = results(other, torch.compile(other, backend=backend, fullgraph=True), shape)
    assert all(map(same, found, expected))


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("case", CASES)
def test_gradients_are_those_of_pytorch(case):
    spy = Spy()
    compare(case, spy)
    assert spy.pinned


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")  # warnings of PyTorch's compiler
@pytest.mark.parametrize("case", CASES)
def test_inductor_keeps_the_bits(case):
    compare(case, "inductor")


OTHERS = {
    "float64": (lambda: kernels.pin_kernels(nn.LayerNorm(4, dtype=torch.float64)), (3, 4)),
    "no statistics": (
        lambda: kernels.pin_kernels(nn.BatchNorm1d(4, track_running_stats=False)),
        (3, 4),
    ),
    "pool to more": (lambda: kernels.pin_kernels(nn.AdaptiveAvgPool2d(2)), (3, 4, 6, 6)),
    "pool signals to more": (lambda: kernels.pin_kernels(nn.AdaptiveAvgPool1d(2)), (3, 4, 6)),
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_operations_are_left_to_the_compiler(case):
    make, shape = OTHERS[case]
    model, spy = make(), Spy()
    dtype = torch.float64 if case == "float64" else torch.float32
    expected = results(model, model, shape, dtype)
    found = results(model, torch.compile(model, backend=spy, fullgraph=True), shape, dtype)
    assert all(map(same, found, expected))
    assert not spy.pinned


def test_autocast_decides_about_types():
    layer, spy, x = fp32_layer(nn.Linear(8, 4)), Spy(), torch.ones(2, 8)
    compiled = torch.compile(layer, backend=spy, fullgraph=True)
    with torch.autocast("cpu", torch.bfloat16):
        assert compiled(x).dtype == layer(x).dtype == torch.bfloat16
    assert not spy.pinned


@pytest.mark.parametrize(
    ("norm", "shape", "message"),
    [
        (nn.BatchNorm1d(4), (1, 4), "Expected more than 1 value per channel"),
        (nn.BatchNorm1d(4), (2, 4, 3, 3), "expected 2D or 3D input"),
        (nn.BatchNorm2d(4), (2, 4, 3), "expected 4D input"),
        (nn.LayerNorm(4), (2, 3), "normalized_shape"),
    ],
)
def test_errors_are_those_of_pytorch(norm, shape, message):
    norm = kernels.pin_kernels(norm)
    compiled = torch.compile(norm, backend="eager", fullgraph=True)
    for call in (norm, compiled):
        with pytest.raises(Exception, match=message):
            call(torch.ones(shape))


def test_second_derivatives_are_refused():
    x = torch.ones(2, 8, requires_grad=True)
    compiled = torch.compile(kernels.gelu, backend="eager", fullgraph=True)
    (dx,) = torch.autograd.grad(compiled(x).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        dx.sum().backward()


def test_pinning_changes_nothing_else():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    seen = []
    model[1].register_forward_hook(lambda *arguments: seen.append(arguments[0]))
    own = copy.deepcopy(model)
    assert kernels.pin_kernels(model) is model
    assert repr(model) == repr(own)
    assert list(model.state_dict()) == list(own.state_dict())
    assert [type(layer).__module__ == kernels.__name__ for layer in model] == [
        *(False, True, True, True, False)
    ]
    assert isinstance(model[1], nn.BatchNorm2d)
    shape = 8, 1, 6, 6
    assert all(map(same, results(model, model, shape), results(own, own, shape)))
    assert seen[:2] == [model[1]] * 2


def test_exports_keep_pytorchs_operators():
    model = kernels.pin_kernels(nn.Sequential(nn.LayerNorm(8), nn.GELU()))
    program = torch.export.export(model, (torch.ones(2, 8),), strict=False)
    assert not any("hbfp" in str(node.target) for node in program.graph.nodes)


def test_functions_are_pytorchs_outside_of_compilers():
    rng = np.random.default_rng(4)
    x, w, b = normal(rng, 3, 4, 6), normal(rng, 5, 6), normal(rng, 5)
    assert same(kernels.add(x, x[0]), x + x[0])
    assert same(kernels.mean(x, (0, 2), keepdim=True), x.mean((0, 2), keepdim=True))
    assert same(kernels.softmax(x, 1), x.softmax(1))
    assert same(kernels.gelu(x), functional.gelu(x))
    assert same(kernels.pad(x, [1, 2], "reflect"), functional.pad(x, [1, 2], mode="reflect"))
    assert same(kernels.linear(x, w, b), functional.linear(x, w, b))


class Own(nn.Module):
    """A network whose FP32 operations are PyTorch's own."""

    def __init__(self):
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(64, 48), nn.LayerNorm(48), nn.Linear(48, 10)

    def forward(self, x):
        return self.last(nn.functional.gelu(self.norm(self.first(x))).softmax(-1))


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(
    "fallback_by_default" not in torch._inductor.list_options(),
    reason="PyTorch 2.13 has the options",
)
def test_options_that_keep_all_bits():
    """Any network keeps its bits with the options that the documentation names."""
    x, results = normal(np.random.default_rng(3), 16, 64).requires_grad_(), []
    for options in (None, EXACT):
        torch.manual_seed(1)
        model = convert_model(Own(), BoosterSchedule([[4]] * 2, block_size=8))
        call = torch.compile(model, fullgraph=True, options=options) if options else model
        x.grad = None
        y = call(x)
        y.square().sum().backward()
        results.append([y, x.grad, *(each.grad for each in model.parameters())])
    assert all(map(same, *results))
