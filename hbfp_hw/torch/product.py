"""Products of tensors with the bits of the golden model."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden import native
from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.conversion import Conversion, operand_w_seed
from hbfp_hw.golden.dot import check_pair, max_sum
from hbfp_hw.golden.gemm import gemm
from hbfp_hw.torch.convert import WIDEST, Values, convert, pad, whole

TERMS = 1 << 18
"""Most block dot products computed at once, so that they stay in the processor's cache."""


def product(
    x: Tensor,
    w: Tensor,
    formats: tuple[HBFPFormat, HBFPFormat],
    rounding: Rounding,
    seed: int,
    *,
    columns_first: bool = False,
) -> Tensor:
    """Return every product of a batch with the bits of :func:`hbfp_hw.gemm`.

    The golden model's compiled code computes the products. Without compiled code, PyTorch computes
    them if float32 holds every block dot product exactly, because then the order of additions does
    not matter. Otherwise, and for NaN and infinity, the golden model in NumPy computes them.

    Parameters:
        x: Left operands, float32, shape (batch, M, K).
        w: Right operands, float32, shape (batch, K, P). K of either may be padded to whole blocks.
        formats: Formats of both operands.
        rounding: Rounding mode.
        seed: Seed of the batch's first product. Each further product adds 1.
        columns_first: Whether the result is column-major in memory.

    Returns:
        Results, float32, shape (batch, M, P).

    Raises:
        TypeError: An operand is not a float32 tensor.
        ValueError: An operand is not on the CPU, or the operands are not batches of matrices with
            matching shapes and formats.
    """
    fmt_x, fmt_w = formats
    check_pair(fmt_x, fmt_w)
    check_operands(x, w, fmt_x.block_size)
    x, w = (_for_numpy(operand) for operand in (x, w))
    seeds = [seed + number & 0xFFFFFFFF for number in range(x.shape[0])]
    if native.can_multiply(fmt_x, fmt_w):
        others = [operand_w_seed(seed) for seed in seeds]
        if columns_first:
            return _compiled((w.mT, x), (fmt_w, fmt_x), rounding, (others, seeds)).mT
        return _compiled((x, w.mT), formats, rounding, (seeds, others))
    rows, columns = pad(x, fmt_x.block_size), pad(w.mT, fmt_w.block_size)
    if max(fmt.mantissa_bits for fmt in formats) <= WIDEST:
        first = convert(rows, fmt_x, rounding, seeds)
        second = first and convert(
            columns, fmt_w, rounding, [operand_w_seed(seed) for seed in seeds]
        )
        if first and second and _is_exact(first, second, max_sum(fmt_x, fmt_w)):
            length = min(x.shape[-1], w.shape[-2])
            if columns_first:
                return _accumulate(second.blocks, first.blocks, length).mT
            return _accumulate(first.blocks, second.blocks, length)
    y = _golden(rows, columns.mT, formats, rounding, seeds)
    return y.mT.contiguous().mT if columns_first else y


def _for_numpy(tensor: Tensor) -> Tensor:
    """Return the tensor without gradient and without PyTorch's lazy negation."""
    if tensor.requires_grad:
        tensor = tensor.detach()
    return tensor.resolve_neg() if tensor.is_neg() else tensor


def check_operands(x: Tensor, w: Tensor, block_size: int) -> None:
    """Raise unless the tensors are valid operands of a product.

    Raises:
        TypeError: An operand is not a float32 tensor.
        ValueError: An operand is not a dense batch of matrices on the CPU, or is empty, or the
            shapes do not match.
    """
    check_tensor("X", x)
    check_tensor("W", w)
    if x.ndim != 3 or w.ndim != 3:
        raise ValueError(
            "X and W must be batches of matrices, "
            f"not of shapes {tuple(x.shape)!r} and {tuple(w.shape)!r}"
        )
    batch, _, length = x.shape
    others, rows, _ = w.shape
    if batch != others or (
        length != rows and max(length, rows) != whole(min(length, rows), block_size)
    ):
        raise ValueError(
            f"W must be {batch} matrices of {length} rows, not of shape {tuple(w.shape)!r}"
        )


def check_tensor(thing: str, tensor: Any) -> None:
    """Raise unless this is a dense float32 tensor on the CPU with at least one element.

    Raises:
        TypeError: It is not a float32 tensor.
        ValueError: It is not dense, not on the CPU, or empty.
    """
    if (
        isinstance(tensor, Tensor)
        and tensor.dtype is torch.float32
        and tensor.layout is torch.strided
        and tensor.is_cpu
        and tensor.numel()
    ):
        return
    if not isinstance(tensor, Tensor) or tensor.dtype != torch.float32:
        found = tensor.dtype if isinstance(tensor, Tensor) else type(tensor).__name__
        raise TypeError(f"{thing} must be a float32 tensor, not {found}")
    if tensor.layout != torch.strided:
        raise ValueError(f"{thing} must be a dense tensor, not one of layout {tensor.layout}")
    if tensor.device.type != "cpu":
        raise ValueError(f"{thing} must be on the CPU, not on {str(tensor.device)!r}")
    raise ValueError(f"{thing} must not be empty, not of shape {tuple(tensor.shape)!r}")


def _compiled(
    operands: tuple[Tensor, Tensor],
    formats: tuple[HBFPFormat, HBFPFormat],
    rounding: Rounding,
    seeds: tuple[list[int], list[int]],
) -> Tensor:
    """Return the products of operands (batch, lines, K), computed by compiled code."""
    shape = operands[0].shape[0], operands[0].shape[1], operands[1].shape[1]
    # The library writes float32 to main memory, whatever PyTorch's default type and device are.
    result = torch.zeros(shape, dtype=torch.float32, device="cpu")
    threads = torch.get_num_threads()
    rights = operands[1].numpy()
    lefts = _converted_by_matrix(operands[0], formats[0], _conversions(rounding, seeds[0]), threads)
    conversions = _conversions(rounding, seeds[1])
    for left, right, of_w, y in zip(lefts, rights, conversions, result.numpy(), strict=True):
        packed = native.convert_packed(right, formats[1], of_w, threads=threads)
        native.add_product(left, packed, y, threads)
    return result


def _conversions(rounding: Rounding, seeds: list[int]) -> list[Conversion]:
    """Return one conversion for each seed, or the same object for all if seeds do not matter."""
    if rounding is Rounding.STOCHASTIC:
        return [Conversion(rounding, seed) for seed in seeds]
    return [Conversion(rounding)] * len(seeds)


def _converted_by_matrix(
    operand: Tensor,
    fmt: HBFPFormat,
    conversions: list[Conversion],
    threads: int,
) -> Iterator[Blocks]:
    """Yield the blocks of each matrix (lines, K) of a batch.

    Unless seeds differ, all matrices are converted in one call, because attention has batches of
    hundreds of small matrices.
    """
    batch, lines, length = operand.shape
    if batch > 1 and conversions[0].rounding is not Rounding.STOCHASTIC:
        rows = operand.reshape(batch * lines, length).numpy()
        blocks = native.convert(rows, fmt, conversions[0], threads=threads)
        for first in range(0, batch * lines, lines):
            part = slice(first, first + lines)
            yield Blocks(fmt, blocks.mantissas[part], blocks.exponents[part])
    else:
        for matrix, conversion in zip(operand.numpy(), conversions, strict=True):
            yield native.convert(matrix, fmt, conversion, threads=threads)


def _is_exact(first: Values, second: Values, largest_sum: int) -> bool:
    """Return whether float32 holds every block dot product and all its partial sums exactly."""
    lowest, highest = first.lowest * second.lowest, first.highest * second.highest
    # An ulp is at least 2**-7 of its block's maximum; a sum is below 2**24 products of two ulps.
    return largest_sum < 1 << 24 and lowest >= 2.0**-120 and highest < 2.0**100


def _accumulate(left: Tensor, right: Tensor, length: int) -> Tensor:
    """Return the sums of block dot products of two operands (batch, lines, blocks, lanes).

    The sum within a block is exact; the additions from block to block round. Lanes beyond the
    length are zeros and are not multiplied.
    """
    left, right = left.permute(2, 0, 1, 3), right.permute(2, 0, 3, 1)
    blocks, batch, rows, lanes = left.shape
    size = batch, rows, right.shape[-1]
    # PyTorch multiplies many blocks at once without a copy only for a batch of one.
    full = length // lanes
    at_once = min(full, max(1, TERMS // math.prod(size))) if batch == 1 else 1
    sums = left.new_empty(1 + at_once, *size)
    total = sums[0].zero_()
    for start in range(0, full, at_once):
        count = min(at_once, full - start)
        part = slice(start, start + count)
        terms = sums[1 : 1 + count]
        torch.bmm(left[part].flatten(0, 1), right[part].flatten(0, 1), out=terms.flatten(0, 1))
        _add_up(total, terms, sums[: 1 + count])
    if full < blocks:
        rest = length - full * lanes
        total += torch.bmm(left[full, ..., :rest], right[full, :, :rest])
    return total


def _add_up(total: Tensor, terms: Tensor, both: Tensor) -> None:
    """Add the terms to the total one after the other. ``both`` is the memory of total and terms."""
    if len(terms) == 1 or total.numel() == 1:
        for term in terms:
            total += term
    else:
        # NumPy adds rows in order, unless a row has a single element.
        total.copy_(torch.from_numpy(np.add.reduce(both.flatten(1).numpy(), axis=0)).view_as(total))


def _golden(
    x: Tensor,
    w: Tensor,
    formats: tuple[HBFPFormat, HBFPFormat],
    rounding: Rounding,
    seeds: list[int],
) -> Tensor:
    """Return the products as the golden model in NumPy computes them."""
    results = [
        gemm(
            *(np.ascontiguousarray(operand.numpy()) for operand in pair),
            fmt_x=formats[0],
            fmt_w=formats[1],
            rounding=rounding,
            seed=seed,
        )
        for *pair, seed in zip(x, w, seeds, strict=True)
    ]
    return torch.from_numpy(np.stack(results))
