"""Text form of schedules."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.booster.presets import FP32
from hbfp_hw.booster.roles import Role


def phase_lines(mantissa_bits: NDArray[np.int64]) -> list[str]:
    """Return one line per run of epochs with equal formats: the epochs, then every layer's format.

    Parameters:
        mantissa_bits: Table of shape (layers, epochs, 3).
    """
    layers, epochs, _ = mantissa_bits.shape
    phases = [
        (
            _counted("epoch", first, last, epochs),
            "; ".join(
                f"{_counted('layer', low, high, layers)}: {_formats(mantissa_bits[low, first])}"
                for low, high in _runs(mantissa_bits[:, first])
            ),
        )
        for first, last in _runs(mantissa_bits.swapaxes(0, 1))
    ]
    width = max(len(name) for name, _ in phases)
    return [f"{name:{width}}  {formats}" for name, formats in phases]


def format_name(bits: int) -> str:
    """Return the name of a format with this mantissa width, 0 for FP32."""
    return "FP32" if bits == FP32 else f"HBFP{bits}"


def _formats(widths: Sequence[int]) -> str:
    """Return the format of a layer, or one for each tensor if they differ."""
    names = [format_name(bits) for bits in widths]
    if len(set(names)) == 1:
        return names[0]
    return ", ".join(f"{role.value} {name}" for role, name in zip(Role, names, strict=True))


def _runs(rows: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last index of each run of equal rows."""
    first = 0
    for number in range(1, len(rows) + 1):
        if number == len(rows) or not np.array_equal(rows[number], rows[first]):
            yield first, number - 1
            first = number


def _counted(thing: str, first: int, last: int, count: int) -> str:
    if count > 1 and (first, last) == (0, count - 1):
        return f"all {thing}s"
    return f"{thing} {first}" if first == last else f"{thing}s {first} to {last}"
