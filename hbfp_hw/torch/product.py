"""Products of tensors, bit for bit those of the golden model."""

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
"""Block dot products computed at a time, if one block has no more: they stay in the cache."""


def product(
    x: Tensor,
    w: Tensor,
    formats: tuple[HBFPFormat, HBFPFormat],
    rounding: Rounding,
    seed: int,
    *,
    columns_first: bool = False,
) -> Tensor:
    """Each product of a batch as :func:`hbfp_hw.gemm` gives it, in every bit.

    The golden model's compiled code computes them. Where there is none, and float32 holds all block
    dot products exactly, PyTorch does, whatever the order in which it adds; else, and where there
    is NaN or infinity, the golden model does.

    Parameters:
        x: float32, shape (batch, M, K).
        w: float32, shape (batch, K, P); K of both may already be filled up to whole blocks.
        formats: Formats of both operands.
        rounding: Rounding mode.
        seed: Seed of the first product; each next one of the batch has the next seed.
        columns_first: Result in memory column by column.

    Returns:
        float32, shape (batch, M, P).

    Raises:
        TypeError: An operand is not a float32 tensor.
        ValueError: An operand is not in main memory, or the operands are no batches of matrices
            that fit, or the formats do not fit.
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
    """The same numbers without a gradient, and not as a view that stands for the negative ones."""
    if tensor.requires_grad:
        tensor = tensor.detach()
    return tensor.resolve_neg() if tensor.is_neg() else tensor


def check_operands(x: Tensor, w: Tensor, block_size: int) -> None:
    """Raise unless these are operands of a product.

    Raises:
        TypeError: One is not a float32 tensor.
        ValueError: One is not a dense batch of matrices in the main memory, is empty, or the shapes
            do not fit.
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
    """Raise unless this is a tensor that the arithmetic takes.

    Raises:
        TypeError: It is no float32 tensor.
        ValueError: It is not dense, not in the main memory, or empty.
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
    """The products of operands (batch, lines, K), by compiled code."""
    shape = operands[0].shape[0], operands[0].shape[1], operands[1].shape[1]
    # Neither the default dtype nor the default device may decide what the library writes to.
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
    """The blocks of each matrix (lines, K) of a batch.

    All matrices are converted in one call where no seed tells them apart: a batch of attention has
    hundreds of small ones.
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
    """Whether float32 holds every block dot product and every partial sum of one."""
    lowest, highest = first.lowest * second.lowest, first.highest * second.highest
    # Units are at least 2**-7 of a block's largest power of two, sums at most 2**24 of them.
    return largest_sum < 1 << 24 and lowest >= 2.0**-120 and highest < 2.0**100


def _accumulate(left: Tensor, right: Tensor, length: int) -> Tensor:
    """Sum of the block dot products of two operands (batch, lines, blocks, lanes), block by block.

    Each sum of a block is exact; the additions of one block after the other round. Lanes beyond the
    length are zeros, and not multiplied.
    """
    left, right = left.permute(2, 0, 1, 3), right.permute(2, 0, 3, 1)
    blocks, batch, rows, lanes = left.shape
    size = batch, rows, right.shape[-1]
    # PyTorch multiplies many blocks at once without a copy only if there is one matrix of each.
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
    """Add terms to the total, one after the other; in memory they follow it."""
    if len(terms) == 1 or total.numel() == 1:
        for term in terms:
            total += term
    else:
        # NumPy adds rows to one another in their order, unless they are of one element each.
        total.copy_(torch.from_numpy(np.add.reduce(both.flatten(1).numpy(), axis=0)).view_as(total))


def _golden(
    x: Tensor,
    w: Tensor,
    formats: tuple[HBFPFormat, HBFPFormat],
    rounding: Rounding,
    seeds: list[int],
) -> Tensor:
    """The products by the golden model itself."""
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
