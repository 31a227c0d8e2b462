"""Loss of networks whose parameters are moved along random directions."""

import copy
import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from hbfp_hw.explore.records import NetworkFigures
from hbfp_hw.training.datasets import Dataset

BATCH = 500
"""Samples that are evaluated at once."""


class Perturbation:
    """A network with random directions along which its parameters can be moved.

    Parameters:
        model: The network, which is copied.
        dataset: Data set; its training samples are evaluated.
        seed: Seed of the directions.
        directions: Number of directions.
        samples: Number of samples that are evaluated.

    Members:
        directions: For each direction, one tensor per parameter, of the parameter's shape.
    """

    def __init__(
        self, model: nn.Module, dataset: Dataset, seed: int, *, directions: int, samples: int
    ):
        self._model = copy.deepcopy(model).eval()
        self._centre = [parameter.detach().clone() for parameter in self._model.parameters()]
        self.directions = [
            _direction(self._centre, np.random.default_rng([seed, number]))
            for number in range(directions)
        ]
        self._x = torch.from_numpy(dataset.train_x[:samples])
        self._y = torch.from_numpy(dataset.train_y[:samples])

    @torch.no_grad()
    def evaluate(self, steps: Mapping[int, float]) -> NetworkFigures:
        """Return mean loss and accuracy of the network moved by these steps.

        Parameters:
            steps: Steps by the number of the direction, as multiples of the direction.
        """
        for number, parameter in enumerate(self._model.parameters()):
            moved = self._centre[number]
            for direction, step in steps.items():
                moved = moved + step * self.directions[direction][number]
            parameter.copy_(moved)
        loss, right = 0.0, 0
        for x, y in zip(self._x.split(BATCH), self._y.split(BATCH), strict=True):
            scores = self._model(x)
            loss += functional.cross_entropy(scores, y, reduction="sum").item()
            right += int((scores.argmax(dim=1) == y).sum())
        count = len(self._y)
        return {
            "loss": loss / count if math.isfinite(loss) else None,
            "accuracy": right / count,
        }


def _direction(centre: list[Tensor], rng: np.random.Generator) -> list[Tensor]:
    """Return a random filter of equal norm for each filter, and zeros for other parameters."""
    direction = []
    for parameter in centre:
        drawn = torch.from_numpy(rng.standard_normal(tuple(parameter.shape), np.float32))
        if parameter.ndim < 2:
            direction.append(torch.zeros_like(parameter))
            continue
        norms, own = (
            tensor.flatten(1).norm(dim=1).reshape(-1, *[1] * (parameter.ndim - 1))
            for tensor in (parameter, drawn)
        )
        direction.append(drawn * (norms / own.clamp(min=1e-10)))
    return direction
