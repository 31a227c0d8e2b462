"""Which mutants the vectors of the co-simulation kill: ``python -m tests.mutation.hunt JOB``.

The job is a JSON file; what became of the mutants is written beside it. Each runs in a process of
its own, as it may hang or break down.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hbfp_hw.cosim.compare import STALL_PERIODS
from hbfp_hw.cosim.library import Library, Run, Words
from hbfp_hw.cosim.sources import source_of
from hbfp_hw.cosim.sources.gemm import GEMM
from hbfp_hw.design import Design
from tests.cosim.bundle import Part
from tests.mutation.apart import apart
from tests.mutation.core import CoreHunt

IDLE_CYCLES = 2000
"""Cycles without a transfer that are a deadlock; no stall pattern has so long a run of stalls."""

STALLS = 0.3

LATE = "late"


class Round(NamedTuple):
    """What all mutants of a design are given."""

    inputs: dict[str, Words]
    expected: dict[str, Words]
    stalls: dict[str, np.ndarray]


class Hunt:
    """The mutants of one design.

    Parameters:
        library: The compiled design.
        description: Its description.
    """

    def __init__(self, library: Library | Part, description: Mapping[str, Any]):
        self._library = library
        self._source = source_of(description)
        self._stalls = bool(description["streams"])

    def draw(self, seed: Sequence[int], number: int, what: int | str) -> Round:
        """Vectors of the co-simulation; every other round has stalls, where a unit can stall.

        Parameters:
            what: So many vectors, or products that are long in this dimension.
        """
        rng = np.random.default_rng([*seed, number])
        if isinstance(what, str):
            assert isinstance(self._source, GEMM)
            batch = self._source.draw_long(rng, what)
        else:
            batch = self._source.draw(rng, what)
        inputs, expected = (
            {
                name: self._library.pack(name, self._source.fields[name], values)
                for name, values in streams.items()
            }
            for streams in (batch.inputs, batch.expected)
        )
        stalls = {}
        if number % 2 and self._stalls:
            for name, period in zip(self._library.streams, STALL_PERIODS, strict=False):
                stalls[name] = rng.random(period) < STALLS
        return Round(inputs, expected, stalls)

    def run(self, given: Round, mutant: int) -> Run:
        """One mutant in one round."""
        return self._library.run(
            given.inputs,
            {name: len(words) for name, words in given.expected.items()},
            stalls=given.stalls,
            constants=[mutant],
            idle=IDLE_CYCLES,
        )

    def _judge(self, given: Round, mutant: int, cycles: int) -> str:
        return _trouble(self.run(given, mutant), given, cycles)

    def fates(
        self, mutants: list[int], rounds: list[int | str], seed: Sequence[int]
    ) -> dict[int, str]:
        """What shows each mutant first: an outcome, and the number of the round; or nothing."""
        fates = dict.fromkeys(mutants, "")
        for number, what in enumerate(rounds):
            given = self.draw(seed, number, what)
            usual = self.run(given, 0)
            if trouble := _trouble(usual, given, usual.cycles):
                raise AssertionError(f"Round {number} of {self._source}: {trouble}")
            for mutant in mutants:
                if not fates[mutant]:
                    trouble = apart(partial(self._judge, given, mutant, usual.cycles))
                    fates[mutant] = trouble and f"{trouble} in round {number}"
        return fates


def _trouble(run: Run, given: Round, cycles: int) -> str:
    """What is wrong with a run, if anything is; ``cycles`` is what the design itself takes."""
    for name, words in given.expected.items():
        found = run.outputs[name]
        if not np.array_equal(found, words[: len(found)]):
            return "wrong"
    if run.outcome != "completed":
        return run.outcome
    return "" if run.cycles == cycles else LATE


def main(path: Path) -> None:
    """Hunt the mutants of every design of a job."""
    job = json.loads(path.read_text())
    fates: dict[int, str] = {}
    for each in job["designs"]:
        library = Path(each["library"])
        if each["description"]["unit"] == "core":
            fates |= CoreHunt(Design(**each["design"]), library).fates(each["mutants"])
            continue
        where = library, each["streams"]
        part = Part(*where, each["prefix"]) if each["prefix"] else Library(*where)
        hunt = Hunt(part, each["description"])
        fates |= hunt.fates(each["mutants"], each["rounds"], job["seed"])
    path.with_name("fates.json").write_text(json.dumps(fates))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
