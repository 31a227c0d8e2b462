"""Vectors of the co-simulation in rounds, of which each mutant meets the same ones."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from hbfp_hw.cosim.compare import STALL_PERIODS
from hbfp_hw.cosim.library import BatchRun, DesignLibrary, Words
from hbfp_hw.cosim.vectors import vectors_of
from hbfp_hw.cosim.vectors.gemm import GEMMVectors, Long
from hbfp_hw.generation.description import DesignDescription
from tests.cosim.bundle import Part

IDLE_CYCLES = 2000
"""Cycles without a transfer that are a deadlock; no stall pattern has so long a run of stalls."""

STALLS = 0.3
"""Probability that a stream stalls in a cycle, in a round with stalls."""

LATE = "late"


class Round(NamedTuple):
    """Payloads of one run, from the reset on, and the golden model's results.

    Members:
        inputs, expected: Payloads of each stream.
        stalls: Stall pattern of each stream; empty without stalls.
        classes: Vectors of each corner class.
    """

    inputs: dict[str, Words]
    expected: dict[str, Words]
    stalls: dict[str, np.ndarray]
    classes: Mapping[str, int]


class Vectors:
    """The vectors of one compiled design.

    Parameters:
        library: The compiled design.
        description: Its description.
    """

    def __init__(self, library: DesignLibrary | Part, description: DesignDescription):
        self._library = library
        self._vectors = vectors_of(description)
        self._stalls = bool(description.streams)

    def draw(self, seed: Sequence[int], number: int, count: int | Long) -> Round:
        """Draw one round; rounds of odd numbers have stalls, where a unit can stall.

        Parameters:
            seed: Seed of all rounds.
            number: Number of the round.
            count: Vectors, or what is long in the products of ``gemm``.
        """
        rng = np.random.default_rng([*seed, number])
        if isinstance(count, Long):
            assert isinstance(self._vectors, GEMMVectors)
            batch = self._vectors.draw_long(rng, count)
        else:
            batch = self._vectors.draw(rng, count)
        inputs, expected = (
            {
                name: self._library.pack(name, self._vectors.fields[name], values)
                for name, values in streams.items()
            }
            for streams in (batch.inputs, batch.expected)
        )
        stalls = {}
        if number % 2 and self._stalls:
            for name, period in zip(self._library.streams, STALL_PERIODS, strict=False):
                stalls[name] = rng.random(period) < STALLS
        return Round(inputs, expected, stalls, batch.classes)

    def run(self, given: Round, constants: Sequence[int] = ()) -> BatchRun:
        """Run the design on one round."""
        return self._library.run(
            given.inputs,
            {name: len(words) for name, words in given.expected.items()},
            stalls=given.stalls,
            constants=constants,
            idle=IDLE_CYCLES,
        )


def trouble(run: BatchRun, given: Round, cycles: int | None = None) -> str:
    """Return how a run went wrong, or nothing; ``cycles`` is what the unchanged design takes."""
    for name, words in given.expected.items():
        found = run.outputs[name]
        if not np.array_equal(found, words[: len(found)]):
            return "wrong"
    if run.outcome != "completed":
        return run.outcome
    return "" if cycles is None or run.cycles == cycles else LATE
