"""The products as operators of PyTorch, under ``torch.ops.hbfp``.

``torch.compile``, ``torch.export`` and tracers see each product as one operator with a known result
shape, which runs the same code as eager execution. The operators use the low-level interface of
``torch.library``, because a call through ``custom_op`` with autograd takes 35 us longer.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from hbfp_hw.booster import Pass
from hbfp_hw.torch.arithmetic import Arithmetic, Codes, layer_of
from hbfp_hw.torch.columns import Window, samples_first, samples_last

PASSES = list(Pass)
"""Passes of training; operators name one by its position here."""

LIBRARY = torch.library.Library("hbfp", "DEF")
LIBRARY.define("matmul(Tensor x, Tensor w, Tensor codes) -> Tensor")
LIBRARY.define("product(Tensor x, Tensor w, int which, Tensor codes) -> Tensor")
LIBRARY.define("convolution(Tensor x, Tensor weight, int[] window, Tensor codes) -> Tensor")
LIBRARY.define("convolution_y(Tensor x, Tensor weight, int[] window, Tensor codes) -> Tensor")
LIBRARY.define(
    "convolution_dx(Tensor dy, Tensor weight, SymInt[] shape, int[] window, Tensor codes) -> Tensor"
)
LIBRARY.define("convolution_dw(Tensor x, Tensor dy, int[] window, Tensor codes) -> Tensor")
# The operator is declared as writing to the handle, because it counts the layer's calls: a compiler
# must not merge, move or remove it.
LIBRARY.define("draw(Tensor(a!) handle, Tensor x, bool training, bool activations) -> Tensor")

draw = torch.ops.hbfp.draw.default
"""Return the codes of a layer's next call, given the layer's handle and its input."""

_matmul = torch.ops.hbfp.matmul.default
_product = torch.ops.hbfp.product.default
_convolution = torch.ops.hbfp.convolution.default
_convolution_y = torch.ops.hbfp.convolution_y.default
_convolution_dx = torch.ops.hbfp.convolution_dx.default
_convolution_dw = torch.ops.hbfp.convolution_dw.default


def is_exporting() -> bool:
    """Return whether ``torch.export`` is tracing this call."""
    # PyTorch 2.6 lacks the function, but there only an export compiles without Dynamo.
    known: Callable[[], bool] | None = getattr(torch.compiler, "is_exporting", None)
    if known is not None:
        return known()
    return torch.compiler.is_compiling() and not torch.compiler.is_dynamo_compiling()


def is_traced() -> bool:
    """Return whether a compiler, a tracer or a dispatch mode observes the operators.

    If nothing does, calls bypass PyTorch's dispatcher, which would take 5 % of a small network's
    training step.
    """
    return (
        torch.compiler.is_compiling()
        or torch._C._len_torch_dispatch_stack() > 0
        or torch._C._are_functorch_transforms_active()
        or torch._C._get_tracing_state() is not None
    )


def matmul(x: Tensor, w: Tensor, codes: Tensor) -> Tensor:
    """Return Y = X·W for batches (batch, M, K) and (batch, K, P), with both gradients."""
    return _matmul(x, w, codes) if is_traced() else _Matmul.apply(x, w, codes)


def convolution(x: Tensor, weight: Tensor, window: list[int], codes: Tensor) -> Tensor:
    """Return the 2-D convolution of a padded input, with both gradients.

    The input has shape (samples, channels, rows, columns). In each group's matrix product, M runs
    over (output row, output column, sample), K over (channel of the group, kernel row, kernel
    column), and P over the output channels of the group.
    """
    compute = _convolution if is_traced() else _Convolution.apply
    return compute(x, weight, window, codes)


class _Matmul(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, codes: Tensor) -> Tensor:
        ctx.save_for_backward(x, w, codes)
        if not is_traced():
            return _compute_matmul(x, w, codes)
        with torch._C._AutoDispatchBelowAutograd():
            return _matmul(x, w, codes)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        x, w, codes = ctx.saved_tensors
        compute = _product if is_traced() else _compute_product
        dx = dw = None
        if ctx.needs_input_grad[0]:
            dx = compute(gradient, w.mT, 1, codes)
        if ctx.needs_input_grad[1]:
            dw = compute(x.mT, gradient, 2, codes)
        return dx, dw, None


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, window: list[int], codes: Tensor) -> Tensor:
        with torch._C._AutoDispatchBelowAutograd():
            x = samples_last(x)
            ctx.save_for_backward(x, weight, codes)
            ctx.window = window
            compute = _convolution_y if is_traced() else _compute_y
            return compute(x, weight, window, codes)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        x, weight, codes = ctx.saved_tensors
        dx = dw = None
        dy = samples_last(gradient)
        if ctx.needs_input_grad[0]:
            compute_dx = _convolution_dx if is_traced() else _compute_dx
            dx = compute_dx(dy, weight, x.shape, ctx.window, codes)
        if ctx.needs_input_grad[1]:
            compute_dw = _convolution_dw if is_traced() else _compute_dw
            dw = compute_dw(x, dy, ctx.window, codes)
        return dx, dw, None, None


def _compute_product(x: Tensor, w: Tensor, which: int, codes: Tensor) -> Tensor:
    return Arithmetic.decode(codes).product(PASSES[which], x, w)


def _compute_matmul(x: Tensor, w: Tensor, codes: Tensor) -> Tensor:
    return Arithmetic.decode(codes).product(Pass.FORWARD, x, w)


def _compute_convolution(x: Tensor, weight: Tensor, window: list[int], codes: Tensor) -> Tensor:
    return _compute_y(samples_last(x), weight, window, codes)


def _compute_y(x: Tensor, weight: Tensor, window: list[int], codes: Tensor) -> Tensor:
    """Return the convolution of an input (channels, rows, columns, samples)."""
    arithmetic, view = Arithmetic.decode(codes), Window.decode(window)
    view.check(x.shape, weight.shape)
    columns, _ = view.gather(x, arithmetic.block_size)
    kernels = _kernels(weight, view)
    y = arithmetic.product(Pass.FORWARD, columns, kernels.mT, columns_first=True)
    # y has shape (groups, M, P), column-major: one channel after the other.
    return samples_first(y.mT.reshape(len(weight), *view.output_size(x.shape), x.shape[-1]))


def _compute_dx(
    dy: Tensor, weight: Tensor, shape: Sequence[int], window: list[int], codes: Tensor
) -> Tensor:
    """Return the gradient of an input, shape (samples, channels, rows, columns).

    ``shape`` and dY are in the order (channels, rows, columns, samples).
    """
    arithmetic, view = Arithmetic.decode(codes), Window.decode(window)
    view.check(torch.Size(shape), weight.shape, dy.shape)
    kernels, gradients = _kernels(weight, view), _gradients(dy, view)
    columns = arithmetic.product(Pass.INPUT_GRADIENT, gradients, kernels, columns_first=True)
    return samples_first(view.scatter(columns, torch.Size(shape)))


def _compute_dw(x: Tensor, dy: Tensor, window: list[int], codes: Tensor) -> Tensor:
    """Return the gradient of the weights, given x and dY (channels, rows, columns, samples)."""
    arithmetic, view = Arithmetic.decode(codes), Window.decode(window)
    shape = _weight_shape(x, dy, view)
    view.check(x.shape, shape, dy.shape)
    _, columns = view.gather(x, arithmetic.block_size)
    gradients = _gradients(dy, view)
    dw = arithmetic.product(Pass.WEIGHT_GRADIENT, columns.mT, gradients, columns_first=True)
    return dw.mT.reshape(shape)


def _kernels(weight: Tensor, view: Window) -> Tensor:
    """Return weights (channels, …) as matrices (groups, P, K)."""
    return weight.reshape(view.groups, weight.shape[0] // view.groups, -1)


def _gradients(dy: Tensor, view: Window) -> Tensor:
    """Return gradients (channels, rows, columns, samples) as matrices (groups, M, P)."""
    return dy.reshape(view.groups, dy.shape[0] // view.groups, -1).mT


def _weight_shape(x: Tensor, dy: Tensor, view: Window) -> torch.Size:
    return torch.Size((dy.shape[0], x.shape[0] // view.groups, *view.kernel))


def _compute_draw(handle: Tensor, x: Tensor, training: bool, activations: bool) -> Tensor:
    return layer_of(int(handle)).draw(x, training, activations, traced=True)


def _fake_product(x: Tensor, w: Tensor, which: int, codes: Tensor) -> Tensor:
    return x.new_empty((x.shape[0], x.shape[1], w.shape[2]))


def _fake_matmul(x: Tensor, w: Tensor, codes: Tensor) -> Tensor:
    return _fake_product(x, w, 0, codes)


def _fake_y(x: Tensor, weight: Tensor, window: list[int], codes: Tensor) -> Tensor:
    rows, columns = Window.decode(window).output_size(x.shape)
    return x.new_empty((x.shape[-1], weight.shape[0], rows, columns))


def _fake_convolution(x: Tensor, weight: Tensor, window: list[int], codes: Tensor) -> Tensor:
    return _fake_y(x.permute(1, 2, 3, 0), weight, window, codes)


def _fake_dx(
    dy: Tensor, weight: Tensor, shape: Sequence[int], window: list[int], codes: Tensor
) -> Tensor:
    *sizes, samples = shape
    return dy.new_empty((samples, *sizes))


def _fake_dw(x: Tensor, dy: Tensor, window: list[int], codes: Tensor) -> Tensor:
    return x.new_empty(_weight_shape(x, dy, Window.decode(window)))


def _fake_draw(handle: Tensor, x: Tensor, training: bool, activations: bool) -> Tensor:
    return handle.new_empty(len(Codes._fields))


for _name, _compute, _fake in (
    ("matmul", _compute_matmul, _fake_matmul),
    ("product", _compute_product, _fake_product),
    ("convolution", _compute_convolution, _fake_convolution),
    ("convolution_y", _compute_y, _fake_y),
    ("convolution_dx", _compute_dx, _fake_dx),
    ("convolution_dw", _compute_dw, _fake_dw),
    ("draw", _compute_draw, _fake_draw),
):
    LIBRARY.impl(_name, _compute, "CPU")
    torch.library.register_fake(f"hbfp::{_name}", _fake, lib=LIBRARY)
LIBRARY.impl("matmul", _Matmul.apply, "AutogradCPU")
LIBRARY.impl("convolution", _Convolution.apply, "AutogradCPU")
