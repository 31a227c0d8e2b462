"""Comparison of a compiled design with the golden model, batch by batch and bit by bit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import Batch, Vectors
from hbfp_hw.cosim.core import CoreLibrary
from hbfp_hw.cosim.difference import Difference
from hbfp_hw.cosim.library import BatchRun, DesignLibrary, Words

STALL_PERIODS = (997, 1009, 1013, 1019, 1021, 1031)
"""Lengths of the stall patterns in cycles: primes, so that all combinations of stalls occur."""

StallPatterns = dict[str, NDArray[np.bool_]]
"""Stall pattern of each stream: True in a cycle that stalls."""


@dataclass
class Tally:
    """Sums over the batches compared so far.

    Members:
        vectors: Vectors compared.
        cycles: Cycles simulated.
        mismatches: Output transfers that were wrong, missing or unexpected.
        classes: Vectors of each corner class.
        differences: First difference of each of the first batches with a mismatch.
    """

    vectors: int
    cycles: int
    mismatches: int
    classes: dict[str, int]
    differences: list[Difference]


class Comparison:
    """A compiled design beside the golden model.

    Parameters:
        library: The compiled design.
        vectors: Vectors for the design, with the golden model's results.
        stalls: Probability that a stream stalls in a cycle.
        constants: Values of the ports that are held constant.

    Members:
        tally: Sums over the batches compared so far.
    """

    def __init__(
        self,
        library: DesignLibrary | CoreLibrary,
        vectors: Vectors,
        stalls: float,
        constants: Sequence[int] = (),
    ):
        self._library, self._vectors = library, vectors
        self._stalls, self._constants = stalls, list(constants)
        self.tally = Tally(0, 0, 0, {}, [])

    def check(self, rng: Generator, number: int, count: int, *, keep: bool) -> int:
        """Compare one batch and return its mismatches.

        Parameters:
            number: Number of the batch, recorded with a difference.
            count: Vectors of the batch.
            keep: Whether to look for the shortest reproduction of a difference and keep it.
        """
        batch = self._vectors.draw(rng, count)
        inputs, expected = (
            {
                name: self._library.pack(name, self._vectors.fields[name], values)
                for name, values in streams.items()
            }
            for streams in (batch.inputs, batch.expected)
        )
        stalls = self._draw_stalls(rng)
        run = self._run(inputs, expected, stalls)
        wrong = _wrong_transfers(run, expected)
        tally = self.tally
        tally.vectors += count
        tally.cycles += run.cycles
        for name, drawn in batch.classes.items():
            tally.classes[name] = tally.classes.get(name, 0) + int(drawn)
        mismatches = sum(map(len, wrong.values())) + (run.outcome == "extra")
        tally.mismatches += mismatches
        if mismatches and keep:
            tally.differences.append(self._shortest(number, batch, inputs, expected, wrong, stalls))
        return mismatches

    def _run(
        self, inputs: Mapping[str, Words], expected: Mapping[str, Words], stalls: StallPatterns
    ) -> BatchRun:
        wanted = {name: len(words) for name, words in expected.items()}
        return self._library.run(inputs, wanted, stalls=stalls, constants=self._constants)

    def _draw_stalls(self, rng: Generator) -> StallPatterns:
        if not self._stalls:
            return {}
        drawn = {}
        for name, period in zip(self._library.streams, STALL_PERIODS, strict=False):
            drawn[name] = rng.random(period) < self._stalls
            drawn[name][0] = False
        return drawn

    def _shortest(
        self,
        number: int,
        batch: Batch,
        inputs: dict[str, Words],
        expected: dict[str, Words],
        wrong: dict[str, NDArray[np.intp]],
        stalls: StallPatterns,
    ) -> Difference:
        """Return the first difference, with as few payloads as reproduce it.

        It tries, in this order, the first wrong piece alone, all pieces up to it, and the whole
        batch.
        """

        def limits(name: str) -> NDArray[np.intp]:
            words = inputs[name] if name in inputs else expected[name]
            return batch.pieces.get(name, np.arange(len(words) + 1))

        pieces = {
            name: int(np.searchsorted(limits(name), places[0], "right")) - 1
            for name, places in wrong.items()
            if len(places)
        }
        last = min(pieces.values(), default=0)
        stop = last + 1 if pieces else None
        for start, end in ((last, stop), (0, stop), (0, None)):
            sent, awaited = (
                {
                    name: words[limits(name)[start] : None if end is None else limits(name)[end]]
                    for name, words in streams.items()
                }
                for streams in (inputs, expected)
            )
            run = self._run(sent, awaited, stalls)
            found = {
                name: places
                for name, places in _wrong_transfers(run, awaited).items()
                if len(places)
            }
            if found or run.outcome == "extra":
                break
        stream = next(iter(found), next(iter(awaited)))
        return Difference(
            batch=number,
            stream=stream,
            transfer=int(found[stream][0]) if found else len(awaited[stream]),
            outcome=run.outcome,
            constants=self._constants,
            inputs=sent,
            expected=awaited,
            got=run.outputs,
            stalls=stalls,
        )


def _wrong_transfers(run: BatchRun, expected: Mapping[str, Words]) -> dict[str, NDArray[np.intp]]:
    """Return the numbers of the wrong and the missing transfers of each output stream."""
    wrong = {}
    for name, words in expected.items():
        found = run.outputs[name]
        differing = np.flatnonzero((found != words[: len(found)]).any(axis=1))
        wrong[name] = np.concatenate([differing, np.arange(len(found), len(words))])
    return wrong
