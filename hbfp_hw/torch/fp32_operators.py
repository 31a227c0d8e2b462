"""Operators for FP32 operations that compilers must leave to PyTorch's own kernels.

Each operator is defined under ``torch.ops.hbfp`` and calls PyTorch's operator, or the operator of
its gradients. Inductor calls operators that it does not know as they are, so results and gradients
have the bits of eager execution. A compiler gets shapes and strides from the same functions, called
with tensors without data.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from hbfp_hw.torch.operators import LIBRARY

ATEN = torch.ops.aten
"""PyTorch's operators."""


def define(schema: str, compute: Callable[..., Any]) -> Any:
    """Define an operator without gradients, and return it.

    Parameters:
        schema: Name, parameters and results in PyTorch's schema language.
        compute: Function that computes the results; a compiler calls it with tensors without data.
    """
    name = schema.partition("(")[0]
    LIBRARY.define(schema)
    LIBRARY.impl(name, compute, "CPU")
    torch.library.register_fake(f"hbfp::{name}", compute, lib=LIBRARY)
    return getattr(torch.ops.hbfp, name).default


def differentiate(
    operator: Any, save: Callable[..., None], backward: Callable[..., tuple[Any, ...]]
) -> Any:
    """Give an operator first-order gradients, and return it.

    Parameters:
        operator: The operator.
        save: Function that saves inputs and outputs for the gradients in the context.
        backward: Function that returns the gradients of all inputs, given the context and the
            gradients of the outputs.
    """
    torch.library.register_autograd(
        operator.name(), once_differentiable(backward), setup_context=save, lib=LIBRARY
    )
    return operator


def defined(gradients: Iterable[Tensor | None]) -> list[Tensor]:
    """Return the gradients that are not None, because an operator cannot return None."""
    return [each for each in gradients if each is not None]


def spread(gradients: Sequence[Tensor], needed: Sequence[bool]) -> list[Tensor | None]:
    """Undo :func:`defined`: return None for each gradient that was not needed."""
    left = iter(gradients)
    return [next(left) if need else None for need in needed]


def _compute_sum(x: Tensor, shape: Sequence[int]) -> Tensor:
    return x.sum_to_size(list(shape))


_sum_to_size = define("sum_to_size(Tensor x, SymInt[] shape) -> Tensor", _compute_sum)


def _save_add(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
    ctx.shapes = [each.shape for each in inputs]


def _add_backward(ctx: Any, dy: Tensor) -> tuple[Any, ...]:
    return tuple(
        _sum_to_size(dy, shape) if need and _is_broadcast(shape, dy.shape) else dy
        for shape, need in zip(ctx.shapes, ctx.needs_input_grad, strict=True)
    )


def _is_broadcast(shape: torch.Size, result: torch.Size) -> bool:
    """Return whether the shape differs from the result's."""
    # Without the comparison of lengths, a graph with dynamic shapes would be specialised to sizes.
    return len(shape) != len(result) or shape != result


add = differentiate(
    define("add(Tensor x, Tensor other) -> Tensor", torch.add), _save_add, _add_backward
)
"""Return the sum of two tensors. One of them may be broadcast."""


def _compute_mean(x: Tensor, dims: Sequence[int], keepdim: bool) -> Tensor:
    return x.mean(dim=list(dims), keepdim=keepdim)


def _save_mean(ctx: Any, inputs: tuple[Tensor, Sequence[int], bool], output: Tensor) -> None:
    x, ctx.dims, ctx.keepdim = inputs
    ctx.shape = x.shape


def _mean_backward(ctx: Any, dy: Tensor) -> tuple[Any, ...]:
    count = 1
    for dim in sorted(ctx.dims):
        count = count * ctx.shape[dim]
        if not ctx.keepdim:
            dy = dy.unsqueeze(dim)
    return dy.expand(ctx.shape) / count, None, None


mean = differentiate(
    define("mean(Tensor x, int[] dims, bool keepdim) -> Tensor", _compute_mean),
    _save_mean,
    _mean_backward,
)
"""Return the mean over dimensions given by non-negative numbers."""


def _compute_softmax_backward(dy: Tensor, y: Tensor, dim: int) -> Tensor:
    return ATEN._softmax_backward_data(dy, y, dim, y.dtype)


_softmax_gradient = define(
    "softmax_backward(Tensor dy, Tensor y, int dim) -> Tensor", _compute_softmax_backward
)


def _save_softmax(ctx: Any, inputs: tuple[Tensor, int], output: Tensor) -> None:
    ctx.save_for_backward(output)
    ctx.dim = inputs[1]


def _softmax_backward(ctx: Any, dy: Tensor) -> tuple[Any, ...]:
    return _softmax_gradient(dy, *ctx.saved_tensors, ctx.dim), None


softmax = differentiate(
    define("softmax(Tensor x, int dim) -> Tensor", torch.softmax), _save_softmax, _softmax_backward
)
"""Return softmax along a dimension."""


def _compute_gelu(x: Tensor, approximate: str) -> Tensor:
    return functional.gelu(x, approximate=approximate)


def _compute_gelu_backward(dy: Tensor, x: Tensor, approximate: str) -> Tensor:
    return ATEN.gelu_backward(dy, x, approximate=approximate)


_gelu_gradient = define(
    "gelu_backward(Tensor dy, Tensor x, str approximate) -> Tensor", _compute_gelu_backward
)


def _save_gelu(ctx: Any, inputs: tuple[Tensor, str], output: Tensor) -> None:
    x, ctx.approximate = inputs
    ctx.save_for_backward(x)


def _gelu_backward(ctx: Any, dy: Tensor) -> tuple[Any, ...]:
    return _gelu_gradient(dy, *ctx.saved_tensors, ctx.approximate), None


gelu = differentiate(
    define("gelu(Tensor x, str approximate) -> Tensor", _compute_gelu), _save_gelu, _gelu_backward
)
"""Return GELU of every element."""


def _compute_reflect(x: Tensor, padding: Sequence[int]) -> Tensor:
    return functional.pad(x, list(padding), mode="reflect")


def _compute_reflect_backward(dy: Tensor, x: Tensor, padding: Sequence[int]) -> Tensor:
    compute = getattr(ATEN, f"reflection_pad{len(padding) // 2}d_backward")
    return compute(dy, x, list(padding))


_reflect_gradient = define(
    "reflect_backward(Tensor dy, Tensor x, int[] padding) -> Tensor", _compute_reflect_backward
)


def _save_reflect(ctx: Any, inputs: tuple[Tensor, Sequence[int]], output: Tensor) -> None:
    x, ctx.padding = inputs
    ctx.save_for_backward(x)


def _reflect_backward(ctx: Any, dy: Tensor) -> tuple[Any, ...]:
    return _reflect_gradient(dy, *ctx.saved_tensors, ctx.padding), None


reflect = differentiate(
    define("reflect(Tensor x, int[] padding) -> Tensor", _compute_reflect),
    _save_reflect,
    _reflect_backward,
)
"""Return (samples, channels, …) with its last dimensions padded by reflection."""
