"""Berkeley SoftFloat on arrays of bit patterns; every NaN result is the canonical NaN."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import softfloatpy as sf
from numpy.typing import NDArray


def add(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return binary32 sums."""
    return _patterns(map(sf.f32_add, _numbers(a, sf.Float32), _numbers(b, sf.Float32)))


def multiply(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return binary32 products."""
    return _patterns(map(sf.f32_mul, _numbers(a, sf.Float32), _numbers(b, sf.Float32)))


def multiply_add(
    a: NDArray[np.uint32], b: NDArray[np.uint32], c: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    """Return binary32 ``a * b + c``, rounded once."""
    operands = (_numbers(values, sf.Float32) for values in (a, b, c))
    return _patterns(map(sf.f32_mul_add, *operands))


def narrow(values: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Round binary64 to binary32."""
    return _patterns(map(sf.f64_to_f32, _numbers(values, sf.Float64)))


def _numbers(patterns: NDArray[Any], kind: Any) -> Iterator[Any]:
    # Big-endian bytes are the only input of the library that keeps every pattern.
    size = patterns.dtype.itemsize
    return map(kind.from_bytes, patterns.astype(f">u{size}").view(f"V{size}").tolist())


def _patterns(numbers: Iterable[Any]) -> NDArray[np.uint32]:
    patterns = np.frombuffer(b"".join(map(sf.Float32.to_bytes, numbers)), ">u4").astype(np.uint32)
    return np.where(patterns & 0x7FFFFFFF > 0x7F800000, np.uint32(0x7FC00000), patterns)
