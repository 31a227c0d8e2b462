"""One batch through a compiled design, compared with the golden model, bit by bit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import Batch, Vectors
from hbfp_hw.cosim.core import CoreLibrary
from hbfp_hw.cosim.library import BatchRun, DesignLibrary, Words

STALL_PERIODS = (997, 1009, 1013, 1019, 1021, 1031)
"""Lengths of the stall patterns: without common factors, so that all combinations occur."""


ARRAYS = ("inputs", "expected", "got", "stalls")
"""Members of a difference that are arrays, for each stream."""


class Difference(NamedTuple):
    """Where a design went wrong first in a batch, and what shows it when sent alone.

    Members:
        batch: Number of the batch.
        stream, transfer: The output that is wrong or missing.
        outcome: How the run ended (:data:`~hbfp_hw.cosim.library.OUTCOMES`).
        constants: FieldArrays of the ports that were held constant.
        inputs, expected, got: Payloads of each stream, from the reset on.
        stalls: Stall patterns of the streams.
    """

    batch: int
    stream: str
    transfer: int
    outcome: str
    constants: list[int]
    inputs: dict[str, Words]
    expected: dict[str, Words]
    got: dict[str, Words]
    stalls: dict[str, NDArray[np.bool_]]

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """All arrays, each with the name that it has in a file: ``<prefix>inputs.<stream>``."""
        return {
            f"{prefix}{kind}.{name}": array
            for kind in ARRAYS
            for name, array in getattr(self, kind).items()
        }


@dataclass
class Tally:
    """What came of the batches so far.

    Members:
        vectors, cycles: Their numbers.
        mismatches: Output transfers that were wrong, missing, or too many.
        classes: Vectors of each class.
        differences: The first difference of each of the first batches that had one.
    """

    vectors: int
    cycles: int
    mismatches: int
    classes: dict[str, int]
    differences: list[Difference]


class Comparison:
    """A compiled design beside the golden model.

    Parameters:
        library: The design.
        source: Its vectors.
        stalls: Probability that a stream stalls in a cycle.
        constants: FieldArrays of the ports that are held constant.
    """

    def __init__(
        self,
        library: DesignLibrary | CoreLibrary,
        source: Vectors,
        stalls: float,
        constants: Sequence[int] = (),
    ):
        self._library, self._vectors = library, source
        self._stalls, self._constants = stalls, list(constants)
        self.tally = Tally(0, 0, 0, {}, [])

    def check(self, rng: Generator, number: int, count: int, *, keep: bool) -> int:
        """BatchRun ``count`` vectors; returns the mismatches, and keeps the first if asked to."""
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
        wrong = _wrong(run, expected)
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
        self,
        inputs: Mapping[str, Words],
        expected: Mapping[str, Words],
        stalls: Mapping[str, NDArray[np.bool_]],
    ) -> BatchRun:
        wanted = {name: len(words) for name, words in expected.items()}
        return self._library.run(inputs, wanted, stalls=stalls, constants=self._constants)

    def _draw_stalls(self, rng: Generator) -> dict[str, NDArray[np.bool_]]:
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
        stalls: dict[str, NDArray[np.bool_]],
    ) -> Difference:
        """The first piece that goes wrong if it does so alone; else with all before it."""

        def bounds(name: str) -> NDArray[np.intp]:
            words = inputs[name] if name in inputs else expected[name]
            return batch.pieces.get(name, np.arange(len(words) + 1))

        pieces = {
            name: int(np.searchsorted(bounds(name), places[0], "right")) - 1
            for name, places in wrong.items()
            if len(places)
        }
        last = min(pieces.values(), default=0)
        stop = last + 1 if pieces else None
        for start, end in ((last, stop), (0, stop), (0, None)):
            sent, awaited = (
                {
                    name: words[bounds(name)[start] : None if end is None else bounds(name)[end]]
                    for name, words in streams.items()
                }
                for streams in (inputs, expected)
            )
            run = self._run(sent, awaited, stalls)
            found = {name: places for name, places in _wrong(run, awaited).items() if len(places)}
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


def _wrong(run: BatchRun, expected: Mapping[str, Words]) -> dict[str, NDArray[np.intp]]:
    """Which transfers of each output are not as expected, or did not come."""
    wrong = {}
    for name, words in expected.items():
        found = run.outputs[name]
        differing = np.flatnonzero((found != words[: len(found)]).any(axis=1))
        wrong[name] = np.concatenate([differing, np.arange(len(found), len(words))])
    return wrong
