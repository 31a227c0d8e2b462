"""Comparison of a tensor with its HBFP version."""

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.explore.prediction import Gaussian, noise, sqnr, uniform_noise
from hbfp_hw.explore.records import TensorFigures
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden.convert import convert

Lines = NDArray[np.float32]


class ComparedTensor:
    """A tensor that is compared with its conversions to HBFP.

    Parameters:
        lines: Finite values, float32, shape (lines, K); blocks run along each line.

    Members:
        power: Mean of the squared elements.
        zeros: Share of zeros among the elements.
    """

    def __init__(self, lines: Lines):
        self.lines = lines
        self._sorted = np.sort(lines, axis=None).astype(np.float64)
        self.power = float(np.mean(self._sorted**2))
        self.zeros = float(np.mean(self._sorted == 0))

    def compare(self, fmt: HBFPFormat, rounding: Rounding, seed: int) -> TensorFigures:
        """Convert the tensor by the golden model and return figures of the difference.

        Predictions are for Gaussian values with the same power and the same share of zeros. Ratios
        are None for a tensor of zeros, and signal to noise ratios also if there is no noise.
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
    """Return the Wasserstein-1 distance between two sorted arrays of equal length.

    The result is that of SciPy's ``wasserstein_distance``.
    """
    return float(np.mean(np.abs(first - second)))
