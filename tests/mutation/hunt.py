"""Process that hunts mutants: ``python -m tests.mutation.hunt JOB``.

JOB is the file of a :class:`~tests.mutation.job.HuntJob`. The fate of each mutant is written to
``fates.json`` beside it: what killed the mutant, or an empty text if it survived. Each mutant runs
in a process of its own.
"""

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from hbfp_hw.cosim.library import DesignLibrary
from hbfp_hw.cosim.vectors.gemm import LongProduct
from tests.cosim.bundle import Part
from tests.cosim.rounds import DesignRounds, Round, failure_of
from tests.mutation.core import CoreSessionHunt
from tests.mutation.core_cosim import CoreCosimHunt
from tests.mutation.isolated import isolated
from tests.mutation.job import DesignJob, HuntJob


class CosimHunt(DesignRounds):
    """Hunt of the mutants of one design, with the vectors of the co-simulation."""

    def _judge(self, given: Round, mutant: int, cycles: int | None) -> str:
        return failure_of(self.run(given, [mutant]), given, cycles)

    def fates(
        self,
        mutants: Sequence[int],
        rounds: Sequence[int | LongProduct],
        seed: list[int],
        *,
        timed: bool,
    ) -> dict[int, str]:
        """Return the failure and the round that first show each mutant, or an empty text.

        Parameters:
            mutants: Numbers of the mutants.
            rounds: Vectors of each round, as for :meth:`~tests.cosim.rounds.DesignRounds.draw`.
            seed: Seed of all rounds.
            timed: Whether a mutant is killed if it takes more or fewer cycles than the design.
        """
        fates = dict.fromkeys(mutants, "")
        for number, count in enumerate(rounds):
            given = self.draw(seed, number, count)
            unchanged = self.run(given, [0])
            if failure := failure_of(unchanged, given):
                raise AssertionError(f"Round {number} of {self._vectors}: {failure}")
            cycles = unchanged.cycles if timed else None
            for mutant in mutants:
                if not fates[mutant]:
                    failure = isolated(partial(self._judge, given, mutant, cycles))
                    fates[mutant] = failure and f"{failure} in round {number}"
        return fates


def fates_of(job: DesignJob, seed: list[int], *, quick: bool) -> dict[int, str]:
    """Return the fate of each mutant of one design."""
    if job.design:
        hunter = (CoreCosimHunt if quick else CoreSessionHunt)(job.design, job.library)
        return hunter.fates(job.mutants)
    library = (
        Part(job.library, job.compiled, job.prefix)
        if job.prefix
        else DesignLibrary(job.library, job.compiled)
    )
    hunt = CosimHunt(library, job.description)
    return hunt.fates(job.mutants, job.rounds, seed, timed=not quick)


def main(path: Path) -> None:
    """Hunt the mutants of every design of a job."""
    job = HuntJob.load(path)
    fates: dict[int, str] = {}
    for design in job.designs:
        fates |= fates_of(design, job.seed, quick=job.quick)
    path.with_name("fates.json").write_text(json.dumps(fates))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
