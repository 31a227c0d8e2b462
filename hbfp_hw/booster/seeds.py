"""Seeds of stochastic rounding, one for every product of every call of a layer."""

import numpy as np

from hbfp_hw.booster.roles import Pass
from hbfp_hw.golden.random import mix

CALLS_AT_ONCE = 64
"""Calls of a layer whose seeds are computed together, because one call alone takes as long."""


class CallSeeds:
    """Seeds of products, computed from the numbers of layer, pass of training, and call.

    The seed is the hardware generator's mixer applied twice: to the schedule's seed with the
    numbers of layer and pass, then to the result with the number of the call. A resumed run thus
    draws the same numbers as an uninterrupted one.

    Parameters:
        seed: Seed of the schedule, 32 bits.
        layers: Number of layers.
        rank: Number of the process in data-parallel training; mixed in unless it is 0.
    """

    def __init__(self, seed: int, layers: int, rank: int):
        numbers = np.arange(layers * len(Pass)).reshape(layers, -1)
        self._keys, _ = mix(seed, numbers)
        if rank:
            self._keys, _ = mix(self._keys, rank)
        # For each layer: the last computed group of CALLS_AT_ONCE calls, and their seeds.
        self._drawn: list[tuple[int, list[dict[Pass, int]]]] = [(-1, [])] * layers

    def seed(self, layer: int, product: Pass, call: int) -> int:
        """Return the seed of one product, 32 bits."""
        group, place = divmod(call, CALLS_AT_ONCE)
        drawn, seeds = self._drawn[layer]
        if drawn != group:
            calls = group * CALLS_AT_ONCE + np.arange(CALLS_AT_ONCE)
            words, _ = mix(self._keys[layer], calls[:, np.newaxis])
            seeds = [dict(zip(Pass, row, strict=True)) for row in words.tolist()]
            self._drawn[layer] = group, seeds
        return seeds[place][product]
