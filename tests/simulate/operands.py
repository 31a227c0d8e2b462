"""Operands and stall patterns for the adder, as arrays of payloads."""

import random

import numpy as np
from numpy.typing import NDArray


def packed(values: list[int], width: int) -> NDArray[np.uint32]:
    """Return payloads of this width as 32-bit words, one row each."""
    size = 4 * -(-width // 32)
    data = b"".join(value.to_bytes(size, "little") for value in values)
    return np.frombuffer(data, np.uint32).reshape(len(values), size // 4)


def unpacked(array: NDArray[np.uint32]) -> list[int]:
    """Return payloads as integers, the inverse of :func:`packed`."""
    return [int.from_bytes(row.tobytes(), "little") for row in array]


def operands(count: int, width: int) -> tuple[dict[str, NDArray[np.uint32]], list[int]]:
    """Draw inputs of the adder; return them and the sums."""
    generator = random.Random(count * width)
    a, b = ([generator.getrandbits(width) for _ in range(count)] for _ in "ab")
    sums = [(x + y) % 2**width for x, y in zip(a, b, strict=True)]
    return {"a": packed(a, width), "b": packed(b, width)}, sums


def patterns(seed: int) -> dict[str, NDArray[np.bool_]]:
    """Draw a stall pattern for each stream of the adder."""
    generator = np.random.default_rng(seed)
    return {
        name: generator.random(length) < 0.4 for name, length in (("a", 97), ("b", 8), ("y", 101))
    }
