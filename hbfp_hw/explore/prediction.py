"""How much noise a conversion adds to Gaussian values, in closed form.

The values of a block are independent: each is 0 with some probability, else from a Gaussian around
0. The shared exponent is decided by the block's largest magnitude. So with F(t) the probability
that a magnitude is below t, the exponent of a block of n values is at most E with probability
F(2**E)**n.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from hbfp_hw.format import HBFPFormat, Rounding, check_integer, unknown_rounding

DEPTH, HEIGHT = 60, 6
"""Exponents below and above that of the deviation that can matter."""

LOWEST_EXPONENT = -125
"""That of a block of subnormal numbers."""

UNIFORM = {Rounding.NEAREST: 1 / 12, Rounding.STOCHASTIC: 1 / 6, Rounding.TRUNCATE: 1 / 3}
"""Noise in units of the squared step, if values are spread evenly between two mantissas."""

Array = NDArray[np.float64]


class Gaussian(NamedTuple):
    """A distribution of values.

    Members:
        deviation: Standard deviation of those that are not 0.
        zeros: Share of those that are 0.
    """

    deviation: float
    zeros: float = 0.0

    @property
    def power(self) -> float:
        """Mean of the squared values."""
        return (1 - self.zeros) * self.deviation**2

    def below(self, limits: Array) -> Array:
        """Probability of a magnitude below each limit."""
        return self.zeros + (1 - self.zeros) * erf(limits / (self.deviation * math.sqrt(2)))


def noise(
    fmt: HBFPFormat, values: Gaussian, length: int, rounding: Rounding = Rounding.NEAREST
) -> float:
    """Expected squared error of a value in a block of so many.

    Summed up over all exponents and all mantissas, with what saturates and what becomes 0.
    Stochastic rounding has random numbers of unlimited length here.
    """
    _check(fmt, values, length)
    exponents, steps = _exponents(fmt, values)
    below, above = np.ldexp(1.0, exponents - 1), np.ldexp(1.0, exponents)
    # A block has exponent E if all magnitudes are below 2**E, and not all below 2**(E-1).
    total = sum(
        sign * _error(fmt, rounding, values, steps, limit) * values.below(limit) ** (length - 1)
        for sign, limit in ((1, above), (-1, below))
    )
    return (1 - values.zeros) * float(np.sum(total))


def uniform_noise(
    fmt: HBFPFormat, values: Gaussian, length: int, rounding: Rounding = Rounding.NEAREST
) -> float:
    """The same by the rule of thumb: the mean squared step, times :data:`UNIFORM`."""
    _check(fmt, values, length)
    exponents, steps = _exponents(fmt, values)
    limits = np.ldexp(1.0, [exponents[0] - 1, *exponents])
    # Of the exponents that values other than 0 meet: such a value is one of its block.
    one = Gaussian(values.deviation)
    of_exponent = np.diff(one.below(limits) * values.below(limits) ** (length - 1))
    if rounding not in UNIFORM:
        names = ", ".join(mode.name.lower() for mode in UNIFORM)
        raise ValueError(f"Rounding must be {names}, not {rounding!r}")
    return (1 - values.zeros) * UNIFORM[rounding] * float(np.sum(of_exponent * steps**2))


def sqnr(power: float, noise: float) -> float | None:
    """Signal to quantisation noise ratio in decibels; None if there is no signal or no noise."""
    return 10 * math.log10(power / noise) if power > 0 and noise > 0 else None


def _check(fmt: HBFPFormat, values: Gaussian, length: int) -> None:
    check_integer("Length", length, 1, fmt.block_size)
    if not (0 < values.deviation < math.inf and 0 <= values.zeros < 1):
        raise ValueError(
            f"Values must have a finite deviation above 0 and zeros of 0 to below 1, not {values!r}"
        )


def _exponents(fmt: HBFPFormat, values: Gaussian) -> tuple[NDArray[np.int64], Array]:
    """Exponents that a block may need, and the step of each, which the format may clamp."""
    middle = math.frexp(values.deviation)[1]
    exponents = np.arange(middle - DEPTH, middle + HEIGHT + 1)
    lowest = max(fmt.min_exponent, LOWEST_EXPONENT)
    return exponents, np.ldexp(
        1.0, np.clip(exponents, lowest, fmt.max_exponent) - fmt.fraction_bits
    )


def _error(
    fmt: HBFPFormat, rounding: Rounding, values: Gaussian, steps: Array, limits: Array
) -> Array:
    """Squared error of a Gaussian value, where its magnitude is below the limit, for each step.

    In units of the step the error is a polynomial of the magnitude u, piece by piece: (u - q)**2
    where q is what u becomes, and (u - q)(q + 1 - u) in the mean of stochastic rounding.
    """
    starts = mantissas = np.arange(fmt.max_mantissa + 1.0)
    second, first, constant = np.ones_like(mantissas), -2 * mantissas, mantissas**2
    match rounding:
        case Rounding.NEAREST:
            starts = np.maximum(mantissas - 0.5, 0)
        case Rounding.TRUNCATE:
            pass
        case Rounding.STOCHASTIC:
            # Beyond the largest mantissa all is rounded to it.
            within = mantissas < fmt.max_mantissa
            second = np.where(within, -1, second)
            first = np.where(within, 2 * mantissas + 1, first)
            constant = np.where(within, -mantissas * (mantissas + 1), constant)
        case _:
            raise unknown_rounding(rounding)
    unit = (steps / values.deviation)[:, np.newaxis]
    bounds = np.minimum(np.append(starts, np.inf) * unit, (limits / values.deviation)[:, None])
    density = np.exp(-(bounds**2) / 2) * math.sqrt(2 / math.pi)
    moment0 = np.diff(erf(bounds / math.sqrt(2)), axis=1)
    moment1 = -np.diff(density, axis=1)
    moment2 = moment0 - np.diff(bounds * density, axis=1)
    parts = second * moment2 / unit**2 + first * moment1 / unit + constant * moment0
    return steps**2 * parts.sum(axis=1)
