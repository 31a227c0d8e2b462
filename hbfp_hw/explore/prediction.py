"""Noise that a conversion adds to Gaussian values, in closed form.

The values of a block are assumed independent: each is 0 with some probability, otherwise drawn from
a Gaussian around 0. The block's largest magnitude decides the shared exponent. If F(t) is the
probability that a magnitude is below t, then the exponent of a block of n values is at most E with
probability F(2**E)**n.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from hbfp_hw.format import HBFPFormat, Rounding, check_integer, unknown_rounding

DEPTH, HEIGHT = 60, 6
"""Number of exponents with noticeable probability, below and above that of the deviation."""

LOWEST_EXPONENT = -125
"""Exponent of a block of subnormal numbers."""

UNIFORM = {Rounding.NEAREST: 1 / 12, Rounding.STOCHASTIC: 1 / 6, Rounding.TRUNCATE: 1 / 3}
"""Noise in squared ulps, for values spread evenly between two mantissas."""

Array = NDArray[np.float64]


class Gaussian(NamedTuple):
    """A distribution of values.

    Members:
        deviation: Standard deviation of the values other than 0.
        zeros: Share of zeros.
    """

    deviation: float
    zeros: float = 0.0

    @property
    def power(self) -> float:
        """Mean of the squared values."""
        return (1 - self.zeros) * self.deviation**2

    def below(self, limits: Array) -> Array:
        """Return the probability of a magnitude below each limit."""
        return self.zeros + (1 - self.zeros) * erf(limits / (self.deviation * math.sqrt(2)))


def noise(
    fmt: HBFPFormat, values: Gaussian, length: int, rounding: Rounding = Rounding.NEAREST
) -> float:
    """Return the expected squared error of a value in a block of ``length`` values.

    The sum runs over all exponents and all mantissas, and includes values that saturate or become
    0. Stochastic rounding is taken to have unlimited random bits.
    """
    _check(fmt, values, length)
    exponents, ulps = _exponents(fmt, values)
    below, above = np.ldexp(1.0, exponents - 1), np.ldexp(1.0, exponents)
    # A block has exponent E if all magnitudes are below 2**E, and not all below 2**(E-1).
    total = sum(
        sign * _error(fmt, rounding, values, ulps, limit) * values.below(limit) ** (length - 1)
        for sign, limit in ((1, above), (-1, below))
    )
    return (1 - values.zeros) * float(np.sum(total))


def uniform_noise(
    fmt: HBFPFormat, values: Gaussian, length: int, rounding: Rounding = Rounding.NEAREST
) -> float:
    """Return the noise by the rule of thumb: mean squared ulp times :data:`UNIFORM`."""
    _check(fmt, values, length)
    exponents, ulps = _exponents(fmt, values)
    limits = np.ldexp(1.0, [exponents[0] - 1, *exponents])
    # Distribution of the exponent, given that one value of the block is not 0.
    one = Gaussian(values.deviation)
    of_exponent = np.diff(one.below(limits) * values.below(limits) ** (length - 1))
    if rounding not in UNIFORM:
        names = ", ".join(mode.name.lower() for mode in UNIFORM)
        raise ValueError(f"Rounding must be {names}, not {rounding!r}")
    return (1 - values.zeros) * UNIFORM[rounding] * float(np.sum(of_exponent * ulps**2))


def sqnr(power: float, noise: float) -> float | None:
    """Return the signal to quantisation noise ratio in dB; None without signal or noise."""
    return 10 * math.log10(power / noise) if power > 0 and noise > 0 else None


def _check(fmt: HBFPFormat, values: Gaussian, length: int) -> None:
    check_integer("Length", length, 1, fmt.block_size)
    if not (0 < values.deviation < math.inf and 0 <= values.zeros < 1):
        raise ValueError(
            f"Values must have a finite deviation above 0 and zeros of 0 to below 1, not {values!r}"
        )


def _exponents(fmt: HBFPFormat, values: Gaussian) -> tuple[NDArray[np.int64], Array]:
    """Return the exponents that a block may have, and the ulp of each after clamping."""
    middle = math.frexp(values.deviation)[1]
    exponents = np.arange(middle - DEPTH, middle + HEIGHT + 1)
    lowest = max(fmt.min_exponent, LOWEST_EXPONENT)
    return exponents, np.ldexp(
        1.0, np.clip(exponents, lowest, fmt.max_exponent) - fmt.fraction_bits
    )


def _error(
    fmt: HBFPFormat, rounding: Rounding, values: Gaussian, ulps: Array, limits: Array
) -> Array:
    """Return the expected squared error of a Gaussian value, for each ulp and its limit.

    Only magnitudes below the limit contribute.

    In squared ulps, the error is a piecewise polynomial of the magnitude u in ulps. If u is
    converted to mantissa q, it is (u - q)**2. For stochastic rounding its mean is
    (u - q)(q + 1 - u), where q is the mantissa below u.
    """
    starts = mantissas = np.arange(fmt.max_mantissa + 1.0)
    second, first, constant = np.ones_like(mantissas), -2 * mantissas, mantissas**2
    match rounding:
        case Rounding.NEAREST:
            starts = np.maximum(mantissas - 0.5, 0)
        case Rounding.TRUNCATE:
            pass
        case Rounding.STOCHASTIC:
            # Larger magnitudes saturate at the largest mantissa.
            within = mantissas < fmt.max_mantissa
            second = np.where(within, -1, second)
            first = np.where(within, 2 * mantissas + 1, first)
            constant = np.where(within, -mantissas * (mantissas + 1), constant)
        case _:
            raise unknown_rounding(rounding)
    unit = (ulps / values.deviation)[:, np.newaxis]
    bounds = np.minimum(np.append(starts, np.inf) * unit, (limits / values.deviation)[:, None])
    density = np.exp(-(bounds**2) / 2) * math.sqrt(2 / math.pi)
    moment0 = np.diff(erf(bounds / math.sqrt(2)), axis=1)
    moment1 = -np.diff(density, axis=1)
    moment2 = moment0 - np.diff(bounds * density, axis=1)
    parts = second * moment2 / unit**2 + first * moment1 / unit + constant * moment0
    return ulps**2 * parts.sum(axis=1)
