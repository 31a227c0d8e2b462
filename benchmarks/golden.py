"""Speed and memory of the golden model.

Products are compared with NumPy's float32 product, and conversions with plain PyTorch code. The two
sides of a ratio alternate within one run, and the shortest time of each counts. Peak memory, beyond
operands and result, is measured in a process of its own.
"""

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from rows import Row, print_rows

from hbfp_hw import HBFPFormat, Rounding
from hbfp_hw.golden import convert, gemm, multiply

SIZES = (1024, 2048)
WIDTHS = ((4, 4), (4, 6), (6, 6), (8, 8))
CONVERTED = (4096, 4096)
REPEATS = 9
PAUSE = 0.3
"""Seconds to wait until the idle threads of NumPy and PyTorch sleep."""
BEYOND = 64
"""Target of the peak memory beyond operands and result, in MiB."""

MEMORY = """
from pathlib import Path
import numpy as np
from hbfp_hw import HBFPFormat
from hbfp_hw.golden import convert, gemm, multiply

def peak():
    # The peak of getrusage may be that of the parent process.
    (line,) = (line for line in Path("/proc/self/status").open() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024

rng = np.random.default_rng(1)
x, w = rng.standard_normal((2, 4096, 4096), np.float32)
fmt = HBFPFormat(4, {block_size})
a, b = (convert(operand, fmt) for operand in (x, w))
small = np.ones((64, 64), np.float32)
gemm(small, small, fmt_x=fmt)
before = peak()
{call}
print(peak() - before - 64)
"""
"""Program that prints the peak memory of a product in MiB, beyond operands and 64 MiB of result."""
CALLS = {"converted": "y = multiply(a, b)", "conversion included": "y = gemm(x, w, fmt_x=fmt)"}
"""Statement of each kind of product."""


def best(reference: Callable[[], object], *calls: Callable[[], object]) -> list[float]:
    """Return the shortest time of each call in seconds, the reference's first. The calls alternate.

    After the reference comes a pause: the threads of its library keep running for a while, each on
    a processor that the next call would have to share.
    """
    times = [float("inf")] * (1 + len(calls))
    for _ in range(REPEATS):
        for number, call in enumerate((reference, *calls)):
            started = time.perf_counter()
            call()
            times[number] = min(times[number], time.perf_counter() - started)
            if call is reference:
                time.sleep(PAUSE)
    return times


def measure_product(size: int, widths: tuple[int, int], block_size: int) -> list[Row]:
    """Return the times of a product of square matrices over NumPy's.

    Parameters:
        size: Rows and columns of both matrices.
        widths: Mantissa bits of X and of W.
        block_size: Block size of both.
    """
    rng = np.random.default_rng(1)
    x, w = rng.standard_normal((2, size, size), np.float32)
    fmt_x, fmt_w = (HBFPFormat(width, block_size) for width in widths)
    a, b = convert(x, fmt_x), convert(w.T, fmt_w)
    matmul, converted, whole = best(
        lambda: x @ w,
        lambda: multiply(a, b),
        lambda: gemm(x, w, fmt_x=fmt_x, fmt_w=fmt_w),
    )
    name = f"product {size}^3, {widths[0]}x{widths[1]} bits, N={block_size}"
    small = block_size < 64
    return [
        Row(f"{name}, over matmul", converted / matmul, 2.5 if small else 1.3, True),
        Row(f"{name}, conversion included", whole / matmul, 2.5 if small else 1.6, True),
    ]


def torch_convert(
    values: torch.Tensor, fmt: HBFPFormat, stochastic: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mantissas and exponents, converted along rows in plain PyTorch."""
    blocks = values.unflatten(-1, (-1, fmt.block_size))
    exponents = torch.floor(torch.log2(blocks.abs().amax(-1, keepdim=True))) + 1
    scaled = blocks / torch.exp2(exponents - fmt.fraction_bits)
    if stochastic:
        rounded = torch.floor(scaled + torch.rand_like(scaled))
    else:
        rounded = torch.round(scaled)
    return rounded.clamp(-fmt.max_mantissa, fmt.max_mantissa), exponents


def measure_conversion(rounding: Rounding, block_size: int) -> list[Row]:
    """Return the speeds of a conversion along rows and along columns over PyTorch's along rows."""
    fmt = HBFPFormat(4, block_size)
    values = np.random.default_rng(1).standard_normal(CONVERTED, np.float32)
    stochastic = rounding is Rounding.STOCHASTIC
    reference, rows, columns = best(
        lambda: torch_convert(torch.from_numpy(values), fmt, stochastic),
        lambda: convert(values, fmt, rounding),
        lambda: convert(values.T, fmt, rounding),
    )
    name = f"conversion 4096x4096, {rounding.name.lower()}, N={block_size}"
    asked = 3 if stochastic else 5
    return [
        Row(f"{name}, times as fast as PyTorch", reference / rows, asked, False),
        Row(f"{name}, the same along columns", reference / columns, asked, False),
    ]


def measure_memory(kind: str, block_size: int) -> Row:
    """Return the peak memory of a product of 4096^3 beyond operands and result.

    Parameters:
        kind: Key of :data:`CALLS`.
        block_size: Block size of both operands.
    """
    code = MEMORY.format(block_size=block_size, call=CALLS[kind])
    run = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True, timeout=600
    )
    name = f"product 4096^3, N={block_size}, {kind}, memory beyond operands and result"
    return Row(name, max(0.0, float(run.stdout)), BEYOND, True, "MiB")


def measure() -> list[Row]:
    """Return all figures."""
    rows = []
    for size in SIZES:
        for widths in WIDTHS:
            for block_size in (64, 16):
                rows += measure_product(size, widths, block_size)
    for rounding in (Rounding.NEAREST, Rounding.STOCHASTIC):
        for block_size in (64, 16):
            rows += measure_conversion(rounding, block_size)
    rows += [measure_memory(kind, block_size) for kind in CALLS for block_size in (64, 1)]
    return rows


if __name__ == "__main__":
    print_rows(measure())
