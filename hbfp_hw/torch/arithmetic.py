"""Formats, rounding mode and seeds of a layer's products, encoded for PyTorch's operators.

The encoding is a small int64 tensor, the *codes*, because a compiled graph reads a tensor anew in
every step. Epochs and seeds can therefore change without a recompilation.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import torch
from torch import Tensor

from hbfp_hw.booster import FP32, Pass, Role
from hbfp_hw.format import HBFPFormat, Rounding, rounding_mode
from hbfp_hw.torch.product import product

Recorder = Callable[[Pass, Tensor, Tensor], None]
"""Function called with the operands of every product before their conversion.

The operands have shape (batch, M, K) and (batch, P, K); blocks run along the last dimension.
"""

LAYERS: WeakValueDictionary[int, Any] = WeakValueDictionary()
"""Converted layers of this process by handle; operators find their layer here."""

NOBODY = 0
"""Handle that stands for no layer: the products are not recorded."""


class Codes(NamedTuple):
    """The elements of an operator's codes, in this order.

    Members:
        recorder: Handle of the layer whose recorder is called, or :data:`NOBODY`.
        rounding: Rounding mode.
        seed_y, seed_dx, seed_dw: Seeds of stochastic rounding of the three products.
        block_size, exponent_bits: Sizes of all formats.
        input_bits, weight_bits, gradient_bits: Mantissa width of each tensor. All are 0 for FP32,
            which occurs only with a recorder.
    """

    recorder: int
    rounding: int
    seed_y: int
    seed_dx: int
    seed_dw: int
    block_size: int
    exponent_bits: int
    input_bits: int
    weight_bits: int
    gradient_bits: int

    def tensor(self) -> Tensor:
        """Return the codes as a tensor, shape (10,)."""
        return torch.tensor(list(self), dtype=torch.int64, device="cpu")


class Arithmetic(NamedTuple):
    """Formats, rounding mode and seeds of a layer's three products in one training step, decoded.

    Members:
        formats: Formats of both operands of each product, in the order of :class:`Pass`; None for
            FP32.
        rounding: Rounding mode.
        block_size: Number of values that share an exponent; 1 for FP32, which needs no padding.
        seeds: Seed of stochastic rounding of each product.
        recorder: Function that gets the operands of every product; None for none.
    """

    formats: tuple[tuple[HBFPFormat, HBFPFormat], ...] | None
    rounding: Rounding
    block_size: int
    seeds: tuple[int, ...] = (0, 0, 0)
    recorder: Recorder | None = None

    @classmethod
    def decode(cls, tensor: Tensor) -> "Arithmetic":
        """Decode an operator's codes.

        Raises:
            TypeError: The tensor is not int64.
            ValueError: The tensor has another shape, or a code is out of range.
        """
        if tensor.dtype != torch.int64:
            raise TypeError(f"Codes must be an int64 tensor, not {tensor.dtype}")
        if tensor.shape != _SHAPE:
            raise ValueError(f"Codes must be of shape {tuple(_SHAPE)}, not {tuple(tensor.shape)}")
        recorder, rounding, *rest = tensor.tolist()
        seeds, arithmetic = tuple(rest[:3]), _unseeded(rounding, *rest[3:])
        if seeds == arithmetic.seeds and recorder == NOBODY:
            return arithmetic
        seen_by = None if recorder == NOBODY else layer_of(recorder).recorder
        return arithmetic._replace(seeds=seeds, recorder=seen_by)

    def product(self, which: Pass, x: Tensor, w: Tensor, *, columns_first: bool = False) -> Tensor:
        """Compute one of the products, and pass its operands to the recorder.

        Parameters:
            which: Kind of product.
            x: Left operands, float32, shape (batch, M, K).
            w: Right operands, float32, shape (batch, K, P). K of either may be padded to whole
                blocks.
            columns_first: Whether the result, shape (batch, M, P), is column-major in memory.
        """
        if self.recorder is not None:
            length = min(x.shape[-1], w.shape[-2])  # one operand may be padded to whole blocks
            self.recorder(which, x[..., :length], w[..., :length, :].mT)
        if self.formats is None:
            y = x[..., : w.shape[-2]] @ w[..., : x.shape[-1], :]
            return y.mT.contiguous().mT if columns_first else y
        place = _PLACES[which]
        formats, seed = self.formats[place], self.seeds[place]
        return product(x, w, formats, self.rounding, seed, columns_first=columns_first)


_SHAPE = torch.Size((len(Codes._fields),))

_PLACES = {which: place for place, which in enumerate(Pass)}


@lru_cache(maxsize=1024)
def _unseeded(rounding: int, block_size: int, exponent_bits: int, *widths: int) -> Arithmetic:
    """Return the arithmetic for some codes, with seeds of 0 and without a recorder."""
    mode = rounding_mode(rounding)
    if set(widths) == {FP32}:
        return Arithmetic(None, mode, 1)
    formats = {
        role: HBFPFormat(width, block_size, exponent_bits)
        for role, width in zip(Role, widths, strict=True)
    }
    pairs = tuple((formats[which.roles[0]], formats[which.roles[1]]) for which in Pass)
    return Arithmetic(pairs, mode, block_size)


def layer_of(handle: int) -> Any:
    """Return the layer with this handle.

    Raises:
        ValueError: The layer is gone, or belongs to another process.
    """
    layer = LAYERS.get(handle)
    if layer is None:
        raise ValueError(
            f"Handle must be that of a layer that is alive in this process, not {handle!r}"
        )
    return layer
