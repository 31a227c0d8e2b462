"""Blocks as payloads of a stream, in the code that the design under test takes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.golden.blocks import Blocks


def block_payload(
    rng: np.random.Generator, name: str, blocks: Blocks, sign_magnitude: bool
) -> dict[str, NDArray[Any]]:
    """The fields of one block per transfer.

    In sign and magnitude, a mantissa of 0 gets either sign.

    Parameters:
        name: Field that holds the block.
        blocks: Blocks, shape (transfers, 1).
    """
    mantissas: NDArray[Any] = blocks.mantissas[:, 0]
    if sign_magnitude:
        mantissas = to_sign_magnitude(rng, mantissas.astype(np.int64), blocks.fmt.fraction_bits)
    return {f"{name}.mantissas": mantissas, f"{name}.exponent": blocks.exponents[:, 0]}


def to_sign_magnitude(
    rng: np.random.Generator, mantissas: NDArray[np.int64], magnitude_bits: int
) -> NDArray[np.int64]:
    """Mantissas with the sign above so many bits of magnitude; a 0 gets either sign."""
    negative = np.where(mantissas == 0, rng.random(mantissas.shape) < 0.5, mantissas < 0)
    return np.abs(mantissas) | negative.astype(np.int64) << magnitude_bits
