"""Rounds of vectors of the co-simulation, the same for a design and for each of its mutants."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cosim.compare import STALL_PERIODS
from hbfp_hw.cosim.library import BatchRun, DesignLibrary, Words
from hbfp_hw.cosim.vectors import vectors_of
from hbfp_hw.cosim.vectors.gemm import GEMMVectors, LongProduct
from hbfp_hw.generation.description import DesignDescription
from tests.cosim.bundle import Part

IDLE_CYCLES = 2000
"""Cycles without a transfer that count as a deadlock; no stall pattern stalls that long."""

STALLS = 0.3
"""Probability that a stream stalls in a cycle of a round with stalls."""

LATE = "late"
"""Failure of a run that takes more or fewer cycles than the unchanged design."""

StallPattern = NDArray[np.bool_]


class Round(NamedTuple):
    """Payloads of one run from reset, and the golden model's results.

    Members:
        inputs, expected: Payloads of each stream.
        stalls: Stall pattern of each stream; empty without stalls.
        classes: Vectors of each corner class.
    """

    inputs: dict[str, Words]
    expected: dict[str, Words]
    stalls: dict[str, StallPattern]
    classes: Mapping[str, int]


class DesignRounds:
    """Rounds of one compiled design.

    Parameters:
        library: The compiled design.
        description: Description of the design.
    """

    def __init__(self, library: DesignLibrary | Part, description: DesignDescription):
        self._library = library
        self._vectors = vectors_of(description)
        self._stalls = bool(description.streams)

    def draw(self, seed: Sequence[int], number: int, count: int | LongProduct) -> Round:
        """Draw one round. Rounds of odd numbers have stalls if the unit has handshakes.

        Parameters:
            seed: Seed of all rounds.
            number: Number of the round.
            count: Number of vectors, or for ``gemm`` the shape of its long products.
        """
        rng = np.random.default_rng([*seed, number])
        if isinstance(count, LongProduct):
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


def failure_of(run: BatchRun, given: Round, cycles: int | None = None) -> str:
    """Return how a run failed, or an empty text.

    Parameters:
        cycles: Cycles of the unchanged design; None does not compare them.
    """
    for name, words in given.expected.items():
        found = run.outputs[name]
        if not np.array_equal(found, words[: len(found)]):
            return "wrong"
    if run.outcome != "completed":
        return run.outcome
    return "" if cycles is None or run.cycles == cycles else LATE
