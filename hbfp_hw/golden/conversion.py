"""Parameters of a conversion from FP32 to blocks, apart from the format."""

from dataclasses import dataclass

from hbfp_hw.format import RANDOM_BITS, Rounding, check_integer, rounding_mode


def operand_w_seed(seed: int) -> int:
    """Return the seed of W in a product: that of X with every bit inverted."""
    return int(seed) ^ 0xFFFFFFFF  # int: a small NumPy integer cannot hold the mask


@dataclass(frozen=True, slots=True)
class Conversion:
    """Rounding mode, seed and random bits of a conversion from FP32 to blocks.

    NumPy integers and codes of rounding modes are accepted; the members are plain ``int`` and
    :class:`~hbfp_hw.format.Rounding`.

    Parameters:
        rounding: Rounding mode.
        seed: Seed of stochastic rounding, 32 bits.
        random_bits: Random bits that stochastic rounding adds to a value, 1 to 16.

    Raises:
        TypeError: A parameter is of the wrong kind.
        ValueError: A parameter is out of range.
    """

    rounding: Rounding = Rounding.NEAREST
    seed: int = 0
    random_bits: int = RANDOM_BITS

    def __post_init__(self) -> None:
        rounding = rounding_mode(self.rounding)
        check_integer("Seed", self.seed, 0, 2**32 - 1)
        check_integer("Random bits", self.random_bits, 1, 16)
        object.__setattr__(self, "rounding", rounding)
        object.__setattr__(self, "seed", int(self.seed))
        object.__setattr__(self, "random_bits", int(self.random_bits))

    def for_w(self) -> "Conversion":
        """Return the conversion of W where this one is that of X.

        Only the seed differs, so that the operands of a product share no random numbers.
        """
        return Conversion(self.rounding, operand_w_seed(self.seed), self.random_bits)
