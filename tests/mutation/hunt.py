"""Which mutants the vectors of the co-simulation kill: ``python -m tests.mutation.hunt JOB``.

The job is a JSON file; what became of the mutants is written beside it. Each runs in a process of
its own, as it may hang or break down.
"""

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from hbfp_hw.cosim.library import DesignLibrary
from hbfp_hw.cosim.vectors.gemm import Long
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.generation.design import Design
from tests.cosim.bundle import Part
from tests.cosim.rounds import Round, Vectors, trouble
from tests.mutation.apart import apart
from tests.mutation.core import CoreHunt
from tests.mutation.core_vectors import CoreVectors


class Hunt(Vectors):
    """The mutants of one design."""

    def _judge(self, given: Round, mutant: int, cycles: int | None) -> str:
        return trouble(self.run(given, [mutant]), given, cycles)

    def fates(
        self, mutants: list[int], rounds: list[int | Long], seed: Sequence[int], *, timed: bool
    ) -> dict[int, str]:
        """Return the outcome and round that show each mutant first, or nothing.

        Parameters:
            mutants: Numbers of the mutants.
            rounds: Counts of :meth:`~tests.cosim.rounds.Vectors.draw`.
            seed: Seed of all rounds.
            timed: Whether a mutant that takes other cycles than the design is killed.
        """
        fates = dict.fromkeys(mutants, "")
        for number, count in enumerate(rounds):
            given = self.draw(seed, number, count)
            usual = self.run(given, [0])
            if wrong := trouble(usual, given):
                raise AssertionError(f"Round {number} of {self._vectors}: {wrong}")
            cycles = usual.cycles if timed else None
            for mutant in mutants:
                if not fates[mutant]:
                    wrong = apart(partial(self._judge, given, mutant, cycles))
                    fates[mutant] = wrong and f"{wrong} in round {number}"
        return fates


def main(path: Path) -> None:
    """Hunt the mutants of every design of a job."""
    job = json.loads(path.read_text())
    fates: dict[int, str] = {}
    for each in job["designs"]:
        library = Path(each["library"])
        if each["description"]["unit"] == "core":
            kind = CoreVectors if job["quick"] else CoreHunt
            hunter = kind(Design.from_json(each["design"]), library)
            fates |= hunter.fates(each["mutants"])
            continue
        where = library, DesignDescription.from_json(each["streams"])
        part = Part(*where, each["prefix"]) if each["prefix"] else DesignLibrary(*where)
        hunt = Hunt(part, DesignDescription.from_json(each["description"]))
        rounds = [count if isinstance(count, int) else Long(*count) for count in each["rounds"]]
        fates |= hunt.fates(each["mutants"], rounds, job["seed"], timed=not job["quick"])
    path.with_name("fates.json").write_text(json.dumps(fates))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
