"""Protection of converted layers' weights against products outside the layer.

A module that multiplies by a layer's weight without calling the layer would compute in FP32
unnoticed. PyTorch's own fused paths do so, for example in ``nn.TransformerEncoderLayer`` in
evaluation mode. Inside a module's forward pass, a converted layer therefore returns its weight as a
tensor that refuses products. PyTorch's fused paths do not accept such a tensor and call the layer.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn

LOOKUPS = frozenset({nn.functional.embedding, nn.functional.embedding_bag})
"""Functions that only copy the weight's values; their result is not guarded."""

PRODUCTS = frozenset(
    {
        "linear",
        "bilinear",
        "matmul",
        "mm",
        "bmm",
        "mv",
        "dot",
        "vdot",
        "inner",
        "ger",
        "outer",
        "addmm",
        "addmv",
        "addbmm",
        "baddbmm",
        "addr",
        "chain_matmul",
        "multi_dot",
        "tensordot",
        "einsum",
        "kron",
        "vecdot",
        "__matmul__",
        "__rmatmul__",
        "smm",
        "hspmm",
        "sspaddmm",
        "scaled_dot_product_attention",
        "multi_head_attention_forward",
        "linear_cross_entropy",
    }
)
"""Names of functions that multiply matrices, apart from convolutions and fused layers."""

PARTS = frozenset(
    {"__getitem__", "chunk", "split", "tensor_split", "narrow", "select", "unbind", "index_select"}
)
"""Names of functions that return parts of a tensor, which are guarded too."""


class GuardedWeight(Tensor):
    """The weight of a converted layer as a tensor that refuses matrix products.

    Parts of it, and results with the same number of elements, refuse products too.

    Raises:
        RuntimeError: A function multiplies by it.
    """

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> Any:
        """Call a function of tensors, unless it is a product."""
        if _is_product(func):
            raise RuntimeError(
                "Weight of a converted layer must be used by calling the layer, "
                f"not by {func.__name__}; keep the layer in FP32 to compute with its weight"
            )
        with torch._C.DisableTorchFunctionSubclass():
            result = func(*args, **(kwargs or {}))
            if func in LOOKUPS or func is Tensor.as_subclass:
                return result
            if func.__name__ in PARTS and not isinstance(result, Tensor):
                return tuple(part.as_subclass(cls) for part in result)
            if not isinstance(result, Tensor):
                return result
            most = max((each.numel() for each in args if isinstance(each, cls)), default=0)
            guarded = func.__name__ in PARTS or result.numel() == most > 1
            return result.as_subclass(cls) if guarded else result


def _is_product(func: Callable[..., Any]) -> bool:
    name = func.__name__.removeprefix("linalg_")
    return (
        name in PRODUCTS
        or name.rstrip("_") in PRODUCTS
        or name.startswith(("conv", "_conv", "mkldnn", "_transformer", "_native_multi_head"))
    )


_CALL = nn.Module._call_impl.__code__
"""Code object of the method that runs every module's forward pass."""


def in_forward() -> bool:
    """Return whether a module's forward pass runs in this thread."""
    if torch.compiler.is_compiling():
        return True
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code is _CALL:
            return True
        frame = frame.f_back
    return False
