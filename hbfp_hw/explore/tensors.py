"""How far a tensor is from its HBFP version."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.explore.prediction import Gaussian, noise, sqnr, uniform_noise
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden.convert import convert

Lines = NDArray[np.float32]


class Tensor:
    """A tensor, to be compared with its conversions.

    Parameters:
        lines: float32, shape (lines, K), all finite: blocks run along each line.

    Members:
        power: Mean of the squared elements.
        zeros: Share of the elements that are 0.
    """

    def __init__(self, lines: Lines):
        self.lines = lines
        self._sorted = np.sort(lines, axis=None).astype(np.float64)
        self.power = float(np.mean(self._sorted**2))
        self.zeros = float(np.mean(self._sorted == 0))

    def compare(self, fmt: HBFPFormat, rounding: Rounding, seed: int) -> dict[str, Any]:
        """Figures of a conversion by the golden model.

        Returns:
            ``distance``: Wasserstein-1, between the distributions of the elements.
            ``relative``: The same in units of the root mean square of the elements.
            ``sqnr``: Signal to quantisation noise ratio in dB, element by element.
            ``predicted``, ``uniform``: What :func:`~hbfp_hw.explore.prediction.noise` and the rule
            of thumb give for a Gaussian of the same power and zeros.
            What cannot be said is None: all of a tensor of zeros, and ratios without noise.
        """
        values = convert(self.lines, fmt, rounding, seed=seed).dequantise()
        values = values.reshape(len(self.lines), -1)[:, : self.lines.shape[1]]
        distance = wasserstein(self._sorted, np.sort(values, axis=None))
        error = float(np.mean((self.lines - values) ** 2))
        expected = (None, None) if self.power == 0 else self._expected(fmt, rounding)
        return {
            "distance": distance,
            "relative": distance / self.power**0.5 if self.power else None,
            "sqnr": sqnr(self.power, error),
            "predicted": expected[0],
            "uniform": expected[1],
        }

    def _expected(self, fmt: HBFPFormat, rounding: Rounding) -> tuple[float | None, float | None]:
        values = Gaussian((self.power / (1 - self.zeros)) ** 0.5, self.zeros)
        length = self.lines.shape[1]
        whole, rest = divmod(length, fmt.block_size)
        blocks = [(whole * fmt.block_size, fmt.block_size), (rest, rest)]
        first, second = (
            sum(count * law(fmt, values, size, rounding) for count, size in blocks if count)
            for law in (noise, uniform_noise)
        )
        return sqnr(self.power, first / length), sqnr(self.power, second / length)


def wasserstein(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Wasserstein-1 distance of as many sorted values each, as SciPy's ``wasserstein_distance``."""
    return float(np.mean(np.abs(first - second)))
