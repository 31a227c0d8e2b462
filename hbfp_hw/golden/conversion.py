"""Conversion of FP32 values to blocks: rounding mode, seed and number of random bits."""

from dataclasses import dataclass

from hbfp_hw.format import RANDOM_BITS, Rounding


@dataclass(frozen=True)
class Conversion:
    """Conversion of FP32 values to blocks.

    Parameters:
        rounding: Rounding mode.
        seed: Seed of the random numbers of stochastic rounding, 0 to 2**32 - 1.
        random_bits: Random bits of stochastic rounding, 1 to 16.
    """

    rounding: Rounding = Rounding.NEAREST
    seed: int = 0
    random_bits: int = RANDOM_BITS
