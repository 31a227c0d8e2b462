"""Random calls of PyTorch layers and of their matrix product, with gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.torch import HBFPConv1d, HBFPConv2d, HBFPLinear, matmul
from tests.fuzz.case import Arguments, Case, Results
from tests.fuzz.golden_calls import some_format
from tests.fuzz.hostile import floats

torch.set_num_threads(1)

ERRORS = (TypeError, ValueError, RuntimeError)
"""Allowed errors; PyTorch's own layers raise RuntimeError for shapes, dtypes and devices."""

HARMLESS: dict[str, Callable[[Tensor], Any]] = {
    "channels last": lambda x: x.movedim(-1, 0).contiguous().movedim(0, -1),
    "strided": lambda x: x.repeat_interleave(2, -1)[..., ::2],
    "expanded": lambda x: x[:1].expand(x.shape) if x.ndim else x,
    "offset": lambda x: torch.cat([x.new_zeros(1), x.flatten()])[1:].view(x.shape),
    "parameter": lambda x: torch.nn.Parameter(x),
    "inference": lambda x: _inference(x),
}
"""Changes of a tensor that are not errors: orders of memory and kinds of tensors."""

HOSTILE: dict[str, Callable[[Tensor], Any]] = {
    "float64": lambda x: x.double(),
    "float16": lambda x: x.half(),
    "bfloat16": lambda x: x.bfloat16(),
    "int64": lambda x: torch.ones_like(x, dtype=torch.int64),
    "bool": lambda x: x > 0,
    "complex": lambda x: x.to(torch.complex64),
    "meta": lambda x: x.to("meta"),
    "sparse": lambda x: x.to_sparse(),
    "array": lambda x: x.numpy(),
    "list": lambda x: x.tolist(),
    "None": lambda x: None,
    "no axis": lambda x: x.flatten()[0],
    "no elements": lambda x: x[..., :0],
    "no lines": lambda x: x[:0],
    "one axis more": lambda x: x[None],
    "one axis less": lambda x: x.flatten(0, 1) if x.ndim > 1 else x,
    "cut": lambda x: x[..., :-1],
    "longer": lambda x: torch.cat([x, x], -1),
    "one longer": lambda x: torch.cat([x, x[..., :1]], -1),
    "wider": lambda x: torch.cat([x, x], 1) if x.ndim > 1 else x,
    "transposed": lambda x: x.mT if x.ndim > 1 else x,
}
"""Changes of a tensor that mostly are errors."""


def _inference(x: Tensor) -> Tensor:
    with torch.inference_mode():
        return x.clone()


def disturbed(rng: Generator, x: Tensor, tags: list[str], share: float = 0.5) -> Any:
    """Return the tensor, or a changed one in ``share`` of the calls."""
    kind = rng.random()
    if kind > share:
        return x
    changes = HARMLESS if kind < share / 2 else HOSTILE
    name = list(changes)[rng.integers(len(changes))]
    tags.append(name)
    return changes[name](x)


def tensor(rng: Generator, *shape: int) -> Tensor:
    """Draw a float32 tensor."""
    return torch.from_numpy(floats(rng, *shape))


def _run(call: Callable[[], Tensor], leaves: list[Tensor], gradients: bool) -> Results:
    """Make the call; return its result and the gradients of the leaves."""
    for leaf in leaves:
        leaf.grad = None
    y = call()
    results = [y]
    if gradients and y.requires_grad:
        y.backward(torch.full_like(y, 0.5))
        results += [leaf.grad for leaf in leaves if leaf.grad is not None]
    return [np.ascontiguousarray(each.detach().numpy()) for each in results]


def _shown(*tensors: Any) -> Arguments:
    return {
        f"tensor {number}": f"{each.dtype} {tuple(each.shape)} {each.device} {each.layout}"
        if isinstance(each, Tensor)
        else each
        for number, each in enumerate(tensors)
    }


def matmul_case(rng: Generator) -> Case:
    """Draw a differentiable matrix product."""
    tags: list[str] = []
    rows, length, columns = (int(size) for size in rng.integers(1, 24, 3))
    batch = [int(size) for size in rng.integers(1, 4, rng.integers(0, 3))]
    own = batch if rng.random() < 0.5 else []
    fmt_x = some_format(rng)
    given: Arguments = {
        "fmt_x": fmt_x,
        "fmt_w": some_format(rng, fmt_x.block_size, fmt_x.exponent_bits),
        "rounding": Rounding(int(rng.integers(3))),
        "seeds": tuple(int(seed) for seed in rng.integers(1 << 32, size=3)),
    }
    if rng.random() < 0.06:
        tags.append("odd option")
        odd: tuple[Any, ...] = (None, -1, "x", (1, 2), (1, 2, 2**32), HBFPFormat(4, 999), 3)
        given |= {str(rng.choice(list(given))): odd[rng.integers(len(odd))]}
    x = disturbed(rng, tensor(rng, *batch, rows, length), tags)
    w = disturbed(rng, tensor(rng, *own, length, columns), tags)
    leaves = [
        each
        for each in (x, w)
        if isinstance(each, Tensor) and each.is_leaf and each.is_floating_point()
    ]
    gradients = bool(rng.random() < 0.4) and "inference" not in tags
    for leaf in leaves if gradients else []:
        leaf.requires_grad_()
    tags += ["gradients"] * gradients
    return Case(
        "torch.matmul",
        lambda: _run(lambda: matmul(x, w, **given), leaves, gradients),
        _shown(x, w) | given,
        tags,
        ERRORS,
    )


def schedule(rng: Generator, block_size: int) -> BoosterSchedule:
    """Draw a schedule of one layer, without stochastic rounding.

    With it the result would depend on the number of earlier calls.
    """
    bits = rng.integers(2, 9, (1, 1, 3))
    rounding = (Rounding.NEAREST, Rounding.TRUNCATE)[rng.integers(2)]
    return BoosterSchedule(bits, block_size=block_size, exponent_bits=10, rounding=rounding)


def _layer_case(
    rng: Generator, name: str, layer: torch.nn.Module, x: Tensor, must_fail: Callable[[Any], bool]
) -> Case:
    """Draw a call of a layer, with a disturbed input and sometimes disturbed weights."""
    tags: list[str] = []
    x = disturbed(rng, x, tags, 0.7)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(tensor(rng, *parameter.shape))
    change = rng.random()
    if change < 0.1:
        dtype = (torch.float64, torch.float16, torch.bfloat16)[rng.integers(3)]
        tags.append("weights of another dtype")
        layer.to(dtype)
    elif change < 0.15:
        tags.append("weights elsewhere")
        layer.to("meta")
    default = torch.float32
    if rng.random() < 0.15:
        default = (torch.float64, torch.float16)[rng.integers(2)]
        tags.append("another default dtype")
    leaves: list[Tensor] = [*layer.parameters()]
    if isinstance(x, Tensor) and x.is_leaf and x.dtype == torch.float32 and "inference" not in tags:
        leaves.append(x.requires_grad_())
    gradients = bool(rng.random() < 0.4)
    tags += ["gradients"] * gradients
    wrong = must_fail(x) or "weights elsewhere" in tags or "weights of another dtype" in tags

    def call() -> Results:
        torch.set_default_dtype(default)
        try:
            results = _run(lambda: layer(x), leaves, gradients)
        finally:
            torch.set_default_dtype(torch.float32)
        assert not wrong, f"a wrong input was accepted and gave shape {results[0].shape}"
        return results

    return Case(name, call, _shown(x, *layer.parameters()), tags, ERRORS)


def _no_tensor(x: Any) -> bool:
    fine = isinstance(x, Tensor) and x.dtype == torch.float32 and x.device.type == "cpu"
    return not fine or x.layout != torch.strided or x.numel() == 0


def linear_case(rng: Generator) -> Case:
    """Draw a call of a linear layer."""
    features, outputs, rows = (int(size) for size in rng.integers(1, 24, 3))
    given = schedule(rng, int(rng.choice([2, 4, 16, 64])))
    layer = HBFPLinear(features, outputs, bool(rng.integers(2)), schedule=given, layer=0)
    x = tensor(rng, *(int(n) for n in rng.integers(1, 4, rng.integers(0, 2))), rows, features)
    return _layer_case(
        rng, "HBFPLinear", layer, x, lambda x: _no_tensor(x) or x.shape[-1:] != (features,)
    )


def convolution_case(rng: Generator) -> Case:
    """Draw a call of a convolution in one or two dimensions."""
    flat = bool(rng.integers(2))
    groups = int(rng.integers(1, 3))
    channels, outputs = (groups * int(size) for size in rng.integers(1, 5, 2))
    kernel, stride, dilation = (int(rng.integers(1, limit)) for limit in (4, 3, 3))
    padding = int(rng.integers(0, 2))
    kind = HBFPConv1d if flat else HBFPConv2d
    layer = kind(
        channels,
        outputs,
        kernel,
        stride,
        padding,
        dilation,
        groups,
        bool(rng.integers(2)),
        schedule=schedule(rng, int(rng.choice([2, 4, 16, 64]))),
        layer=0,
    )
    axes = 1 if flat else 2
    sizes = [int(size) for size in rng.integers(1, 9, axes)]
    single = rng.random() < 0.2
    x = tensor(rng, *([] if single else [int(rng.integers(1, 4))]), channels, *sizes)
    reach = dilation * (kernel - 1) + 1

    def must_fail(x: Any) -> bool:
        if _no_tensor(x) or x.ndim not in (axes + 1, axes + 2):
            return True
        short = any(size + 2 * padding < reach for size in x.shape[-axes:])
        return short or x.shape[-axes - 1] != channels

    return _layer_case(rng, kind.__name__, layer, x, must_fail)


TORCH: dict[str, Callable[[Generator], Case]] = {
    "matmul": matmul_case,
    "linear": linear_case,
    "convolution": convolution_case,
}
"""Functions that draw a call, by kind."""
