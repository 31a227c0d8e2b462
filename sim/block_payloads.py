"""Blocks as payloads of a stream, in the mantissa code of the design under test."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.golden.blocks import Blocks


def block_payload(
    rng: np.random.Generator, name: str, blocks: Blocks, sign_magnitude: bool
) -> dict[str, NDArray[Any]]:
    """Return the payload fields of one block per transfer.

    Parameters:
        rng: Random numbers for the sign of a mantissa of 0.
        name: Field that holds the block.
        blocks: Blocks, shape (transfers, 1).
        sign_magnitude: Whether the design takes sign and magnitude, else two's complement.
    """
    mantissas: NDArray[Any] = blocks.mantissas[:, 0]
    if sign_magnitude:
        mantissas = to_sign_magnitude(rng, mantissas.astype(np.int64), blocks.fmt.fraction_bits)
    return {f"{name}.mantissas": mantissas, f"{name}.exponent": blocks.exponents[:, 0]}


def to_sign_magnitude(
    rng: np.random.Generator, mantissas: NDArray[np.int64], magnitude_bits: int
) -> NDArray[np.int64]:
    """Encode mantissas in sign and magnitude, the sign on top; a 0 gets a random sign."""
    negative = np.where(mantissas == 0, rng.random(mantissas.shape) < 0.5, mantissas < 0)
    return np.abs(mantissas) | negative.astype(np.int64) << magnitude_bits
