"""The loss around a network."""

import copy
import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from hbfp_hw.training.datasets import Dataset

BATCH = 500


class Perturbation:
    """Networks that differ from one by steps along random directions.

    Parameters:
        model: The network; a copy of it is used.
        dataset: Its samples to train with are evaluated.
        seed: Of the directions.
        directions: How many there are.
        samples: How many samples.

    Members:
        directions: Each with a tensor for every parameter.
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
    def evaluate(self, steps: Mapping[int, float]) -> dict[str, float | None]:
        """Mean ``loss`` and ``accuracy`` of the network that is these steps away.

        The loss is None where it is not finite.

        Parameters:
            steps: By the number of the direction, in units of its length.
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
    """Random filters as long as the network's own, and zeros for bias and normalisation."""
    direction = []
    for parameter in centre:
        drawn = torch.from_numpy(rng.standard_normal(tuple(parameter.shape), np.float32))
        if parameter.ndim < 2:
            direction.append(torch.zeros_like(parameter))
            continue
        lengths, own = (
            tensor.flatten(1).norm(dim=1).reshape(-1, *[1] * (parameter.ndim - 1))
            for tensor in (parameter, drawn)
        )
        direction.append(drawn * (lengths / own.clamp(min=1e-10)))
    return direction
