"""Compiled, exported and traced models have the bits of eager execution."""

import functools

import numpy as np
import pytest
import torch
from torch import nn
from torch._dynamo.utils import counters
from torch.func import functional_call
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils.checkpoint import checkpoint

from hbfp_hw import HBFPFormat, Rounding
from hbfp_hw.booster import BoosterSchedule, Pass
from hbfp_hw.torch import convert_model, layer_names, matmul
from hbfp_hw.torch.arithmetic import LAYERS
from hbfp_hw.training.models import make_model
from tests.torch.patterns import normal, same


def network(kind, rounding=Rounding.NEAREST, preset="booster"):
    torch.manual_seed(1)
    model = make_model(kind, (1, 8, 8), 10, width=2)
    plan = BoosterSchedule.preset(
        preset, len(layer_names(model)), 3, block_size=8, rounding=rounding, seed=5
    )
    return convert_model(model, plan), plan


def training(model, plan, call):
    """Return outputs, gradients and buffers of four steps in three epochs, and the counted calls.

    An evaluation follows every step.
    """
    rng, results = np.random.default_rng(2), []
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for step in range(4):
        model.train()
        x = normal(rng, 4, 1, 8, 8).requires_grad_()
        y = call(x)
        optimizer.zero_grad()
        nn.functional.cross_entropy(y, torch.arange(4)).backward()
        optimizer.step()
        results += [y.detach(), x.grad, *(each.grad.clone() for each in model.parameters())]
        model.eval()
        with torch.no_grad():
            results.append(call(normal(rng, 4, 1, 8, 8)))
        if step % 2:
            plan.step_epoch()
    results += [each.float() for each in model.buffers()]
    return [*results, torch.tensor(plan.state_dict()["calls"]).float()]


@pytest.fixture(autouse=True)
def fresh():
    torch._dynamo.reset()
    counters.clear()


def compiled_training(kind, rounding, wrap=lambda model: model, preset="booster", **options):
    model, plan = network(kind, rounding, preset)
    expected = training(model, plan, model)
    model, plan = network(kind, rounding, preset)
    call = torch.compile(wrap(model), fullgraph=True, **options)
    assert all(map(same, training(model, plan, call), expected))
    # There is one graph for training and one for evaluation, whatever the epochs and seeds.
    assert counters["stats"]["unique_graphs"] == 2


def test_compiled_training_quick():
    compiled_training("mlp", Rounding.STOCHASTIC, backend="eager")


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")  # warnings of PyTorch's compiler
@pytest.mark.parametrize("backend", ["eager", "aot_eager", "inductor"])
@pytest.mark.parametrize("rounding", [Rounding.NEAREST, Rounding.STOCHASTIC])
@pytest.mark.parametrize("kind", ["mlp", "cnn", "transformer"])
def test_compiled_training(kind, rounding, backend):
    compiled_training(kind, rounding, backend=backend)


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["mlp", "cnn", "transformer"])
def test_compiled_training_in_fp32(kind):
    """The converted layers are in FP32 epochs."""
    compiled_training(kind, Rounding.NEAREST, preset="fp32")


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
def test_compiled_residual_network():
    compiled_training("resnet20", Rounding.NEAREST)


class Checkpointed(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return checkpoint(self.model, x, use_reentrant=False)


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backend", ["aot_eager", "inductor"])
@pytest.mark.parametrize("kind", ["mlp", "transformer"])
def test_compiled_training_with_checkpoints(kind, backend):
    compiled_training(kind, Rounding.STOCHASTIC, Checkpointed, backend=backend)


def test_one_graph_for_all_layers_of_a_kind():
    """Layers that are compiled one by one, as in large networks, share a graph."""
    torch.manual_seed(0)
    model = nn.Sequential(*(nn.Linear(4, 4) for _ in range(12)))
    convert_model(model, BoosterSchedule([[4]] * 12, block_size=4))
    x = torch.ones(2, 4, requires_grad=True)
    expected = model(x)
    for layer in model:
        layer.compile(backend="eager", fullgraph=True)
    assert same(model(x), expected)
    assert counters["stats"]["unique_graphs"] == 1


@pytest.mark.full
def test_one_layer_twice_in_a_graph():
    """Calls with equal arguments draw different random numbers."""
    layer = convert_model(
        nn.Linear(8, 8), BoosterSchedule([[4]], block_size=8, rounding=Rounding.STOCHASTIC)
    )
    x = normal(np.random.default_rng(4), 4, 8)
    expected = [layer(x), layer(x)]
    layer.schedule.load_state_dict({"epoch": 0, "calls": [0]})
    # Ahead-of-time compilation merges equal calls of operators that are pure functions.
    both = torch.compile(lambda x: (layer(x), layer(x)), backend="aot_eager", fullgraph=True)
    assert all(map(same, both(x), expected))
    assert not same(*expected)
    assert layer.schedule.state_dict()["calls"] == [2]


def test_schedules_with_fp32():
    """A layer that changes between FP32 and HBFP is compiled once for each of the two."""
    plan = BoosterSchedule([[0, 4, 0, 6, 0, 4]], block_size=4)
    torch.manual_seed(0)
    layer = convert_model(nn.Linear(8, 3), plan)
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    x = normal(np.random.default_rng(5), 4, 8)
    results = []
    for _ in range(plan.epochs):
        results.append(compiled(x))
        assert same(results[-1], layer(x))
        plan.step_epoch()
    assert len({tuple(each.flatten().tolist()) for each in results}) == 3
    assert counters["stats"]["unique_graphs"] == 2


def test_recorders_see_compiled_products():
    layer = convert_model(nn.Linear(8, 3), BoosterSchedule([[4]], block_size=4))
    seen = []
    layer.recorder = lambda which, x, w: seen.append(which)
    x = torch.ones(2, 8, requires_grad=True)
    torch.compile(layer, backend="aot_eager", fullgraph=True)(x).sum().backward()
    assert seen == list(Pass)


@pytest.mark.full
def test_dynamic_shapes():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Flatten(2), nn.Linear(16, 5))
    convert_model(model, BoosterSchedule([[4], [6]], block_size=8))
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True, dynamic=True)
    rng = np.random.default_rng(6)
    for samples in (3, 5, 9):
        x = normal(rng, samples, 2, 6, 6)
        assert same(compiled(x), model(x))
    assert counters["stats"]["unique_graphs"] == 1


def test_compiled_matmul():
    rng = np.random.default_rng(7)
    x, w = normal(rng, 2, 3, 5, 8), normal(rng, 2, 3, 8, 4)
    options = {"fmt_x": HBFPFormat(4, 4), "fmt_w": HBFPFormat(6, 4)}
    # PyTorch 2.6 compiles the product but not the checks before it.
    whole = hasattr(torch.compiler, "is_exporting")
    call = functools.partial(matmul, **options)
    compiled = torch.compile(call, backend="eager", fullgraph=whole)
    assert same(compiled(x, w), matmul(x, w, **options))


@pytest.mark.filterwarnings("ignore::UserWarning")  # warnings of PyTorch 2.6
@pytest.mark.parametrize(
    "kind", ["mlp", "cnn", pytest.param("transformer", marks=pytest.mark.full)]
)
def test_export(kind):
    """The program keeps the epoch's formats, and needs neither the model nor the schedule."""
    model, plan = network(kind)
    model.eval()
    x = normal(np.random.default_rng(8), 4, 1, 8, 8)
    expected = model(x)
    program = torch.export.export(model, (x,), strict=False)
    targets = {str(node.target) for node in program.graph.nodes}
    assert targets & {"hbfp.matmul.default", "hbfp.convolution.default"}
    assert "hbfp.draw.default" not in targets
    plan.step_epoch()
    plan.step_epoch()
    assert not same(model(x), expected)
    assert same(program.module()(x), expected)


@pytest.mark.parametrize("strict", [True, False])
def test_export_refuses_random_numbers(strict):
    if strict and not hasattr(torch.compiler, "is_exporting"):
        pytest.skip("PyTorch 2.6 does not tell that a strict export is one")
    model, _ = network("mlp", Rounding.STOCHASTIC)
    message = "Rounding must be nearest or truncate for an export, not stochastic"
    with pytest.raises(Exception, match=message):
        torch.export.export(model, (torch.ones(4, 1, 8, 8),), strict=strict)


def test_export_refuses_recorders():
    layer = convert_model(nn.Linear(8, 3), BoosterSchedule([[4]], block_size=4))
    layer.recorder = print
    with pytest.raises(Exception, match="Layers must be exported without a recorder"):
        torch.export.export(layer, (torch.ones(2, 8),), strict=False)


@pytest.mark.filterwarnings("ignore")  # torch.jit is deprecated
@pytest.mark.parametrize("rounding", [Rounding.NEAREST, Rounding.STOCHASTIC])
def test_traced_by_jit(rounding):
    """A traced model follows the schedule in this process, and fails in another one."""
    model, plan = network("mlp", rounding)
    model.eval()
    x = normal(np.random.default_rng(12), 4, 1, 8, 8)
    with torch.no_grad():
        traced = torch.jit.trace(model, (x,), check_trace=False)
        for _ in range(2):
            assert same(traced(x), model(x))
            plan.step_epoch()
        for layer in model.modules():
            LAYERS.pop(getattr(layer, "_number", None), None)
        with pytest.raises(RuntimeError, match="Handle must be that of a layer that is alive"):
            traced(x)


def test_functional_call():
    model, _ = network("cnn")
    model.eval()
    other, _ = network("cnn")
    other.eval()
    parameters = {name: each.detach() * 0.5 for name, each in model.named_parameters()}
    other.load_state_dict(parameters, strict=False)
    x = normal(np.random.default_rng(9), 4, 1, 8, 8)
    assert same(functional_call(model, parameters, (x,)), other(x))
    assert not same(model(x), other(x))


@pytest.mark.parametrize("rounding", [Rounding.NEAREST, Rounding.STOCHASTIC])
@pytest.mark.parametrize("mode", ["real", "symbolic"])
def test_traced_by_make_fx(mode, rounding):
    """A traced graph follows its layers' schedule in this process."""
    model, plan = network("mlp", rounding)
    x = normal(np.random.default_rng(10), 4, 1, 8, 8)
    expected = [model(x), model(x)]
    plan.load_state_dict({"epoch": 0, "calls": [0] * plan.layers})
    with torch.no_grad():
        graph = make_fx(model, tracing_mode=mode, _allow_non_fake_inputs=True)(x)
        plan.load_state_dict({"epoch": 0, "calls": [0] * plan.layers})
        assert all(same(graph(x), each) for each in expected)


def test_symbolic_trace_is_refused():
    model, _ = network("mlp")
    with pytest.raises(TypeError, match="Input must be a float32 tensor, not Proxy"):
        torch.fx.symbolic_trace(model)


def test_second_derivatives_are_refused():
    x = torch.ones(2, 8, requires_grad=True)
    layer = convert_model(nn.Linear(8, 3), BoosterSchedule([[4]], block_size=4))
    (dx,) = torch.autograd.grad(layer(x).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        dx.sum().backward()
