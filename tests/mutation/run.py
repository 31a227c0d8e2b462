"""Run of the mutation tests: ``python -m tests.mutation.run [SEED [FACTOR]]``.

It makes mutants, hunts them with the vectors of the co-simulation, and tries to prove that the
survivors are equivalent.
"""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

from hbfp_hw.helpers.processes import run_process
from hbfp_hw.simulate.verilate import build_library
from tests.cosim.bundle import bundle
from tests.mutation.core import build_core_of_mutants
from tests.mutation.designs import ALONE, CORE, QUICK_SEED, SUBJECTS, Subject
from tests.mutation.equivalence import proven
from tests.mutation.explained import reason
from tests.mutation.job import DesignJob, HuntJob
from tests.mutation.netlist import PORT, WIDTH, Mutant, mutate

ROOT = Path(__file__).parents[2]
TOO_LARGE = ("gemm", "core")
"""Designs that are too large to be proven as a whole."""

SECONDS = 5.0
"""Time limit of a proof in seconds: several times what one takes, as machines are slow at times."""

LAST_SECONDS = 120.0
"""Time limit of a proof of a mutant that also survives :data:`LAST_ROUNDS`, in seconds."""

LAST_ROUNDS = (30_000, 30_000)
"""Vectors of the rounds for survivors that are not proven equivalent."""


@dataclass(frozen=True)
class Report:
    """Result of a hunt.

    Members:
        fates: What killed each mutant; empty for a survivor.
        quick: Mutants that the vectors of the quick test suite kill.
        proven: Survivors that are proven equivalent.
    """

    fates: Mapping[Mutant, str]
    quick: Set[Mutant]
    proven: list[Mutant]

    @property
    def killed(self) -> int:
        """Number of killed mutants."""
        return sum(map(bool, self.fates.values()))

    @property
    def explained(self) -> list[Mutant]:
        """Survivors that no vector can show, for a reason in :mod:`tests.mutation.explained`."""
        return [each for each in self._unproven if reason(str(each))]

    @property
    def alive(self) -> list[Mutant]:
        """All other survivors."""
        return [each for each in self._unproven if not reason(str(each))]

    @property
    def _unproven(self) -> list[Mutant]:
        return [each for each, fate in self.fates.items() if not fate and each not in self.proven]

    @property
    def score(self) -> float:
        """Share of killed mutants among those that are not known to be equivalent."""
        return self.killed / (self.killed + len(self.alive))

    @property
    def quick_score(self) -> float:
        """Share that the quick test suite kills among the same mutants."""
        return len(self.quick) / (self.killed + len(self.alive))

    def __str__(self) -> str:
        lines = [
            f"{len(self.fates)} mutants, {self.killed} killed ({self.score:.1%}),"
            f" {len(self.proven)} proven equivalent, {len(self.explained)} explained,"
            f" {len(self.alive)} alive",
        ]
        if self.quick:
            share = f"{len(self.quick)} of them ({self.quick_score:.1%})"
            lines.append(f"the quick suite kills {share}")
        shown = Counter(fate.partition(" in ")[0] for fate in self.fates.values() if fate)
        lines += [f"  {number:4} {fate}" for fate, number in shown.most_common()]
        lines += [f"explained: {each}: {reason(str(each))}" for each in self.explained]
        return "\n".join([*lines, *(f"alive: {each}" for each in self.alive)])


def hunt(
    folder: Path,
    *,
    seed: int = 1,
    times: int = 1,
    keys: Collection[str] | None = None,
    enough: float | None = None,
) -> Report:
    """Make mutants of every unit, and hunt them.

    All survivors of the first hunt get a short proof. Those that are left get many more vectors and
    a long proof, which take a third of the time and decide few of them.

    Parameters:
        folder: Working folder.
        seed: Seed of the mutants and of the vectors.
        times: Factor on the usual number of mutants.
        keys: Keys of the designs to use, at least one of :data:`SUBJECTS` among them; None is all.
        enough: Score at which the other survivors are left as they are. The vectors of the quick
            suite are then not tried. None tries everything.
    """
    every: dict[str, Subject] = SUBJECTS | ALONE | CORE
    subjects = {key: each for key, each in every.items() if keys is None or key in keys}
    designs = {key: subject.design() for key, subject in subjects.items()}
    counts = {key: times * subject.mutants for key, subject in subjects.items()}
    made, mutants = mutate(designs, counts, seed, folder)
    bundled = [key for key in subjects if key in SUBJECTS]
    together = bundle({f"u{k}": made[key] for k, key in enumerate(bundled)}, {PORT: WIDTH})
    shared = build_library(together, [PORT])
    jobs: list[DesignJob] = []
    for index, (key, subject) in enumerate(subjects.items()):
        alone = key not in SUBJECTS
        if key in CORE:
            library = build_core_of_mutants(made[key])
        elif alone:
            library = build_library(made[key], [PORT])
        jobs.append(
            DesignJob(
                library=library if alone else shared,
                compiled=(made[key] if alone else together).description,
                prefix="" if alone else f"u{index}_",
                description=designs[key].description,
                design=made[key] if key in CORE else None,
                mutants=[each.number for each in mutants if each.design == key],
                rounds=subject.rounds,
            )
        )
    quick_jobs = [
        replace(job, rounds=subject.quick_rounds)
        for job, subject in zip(jobs, subjects.values(), strict=True)
    ]
    seconds = 600.0 * times
    quick_fates: dict[int, str] = {}
    if enough is None:
        quick_fates = _hunt(quick_jobs, [QUICK_SEED], folder, seconds, quick=True)
    hunted = _hunt(jobs, [seed], folder, seconds)
    hunted |= {number: hunted[number] or fate for number, fate in quick_fates.items()}
    fates = {each: hunted[each.number] for each in mutants}
    survivors = [each for each, fate in fates.items() if not fate and not reason(str(each))]
    tops = {key: design.name for key, design in designs.items() if key not in TOO_LARGE}
    held = proven(survivors, tops, folder, SECONDS)
    first = Report(fates, set(), [each for each in survivors if each.number in held])
    if enough is not None and first.score >= enough:
        return first
    left = {each.number: each for each in survivors if each.number not in held}
    last_jobs = [
        replace(
            job,
            mutants=[number for number in job.mutants if number in left],
            rounds=LAST_ROUNDS if job.prefix else job.rounds,
        )
        for job in jobs
        if not job.design  # another seed does not change the session with the core
    ]
    hunted = _hunt(last_jobs, [seed, 1], folder, seconds)
    fates |= {each: hunted[number] for number, each in left.items() if number in hunted}
    undecided = [each for each in left.values() if not fates[each]]
    held |= proven(undecided, tops, folder, LAST_SECONDS)
    quick = {each for each in mutants if quick_fates.get(each.number)}
    return Report(fates, quick, [each for each in survivors if each.number in held])


def _hunt(
    designs: Sequence[DesignJob],
    seed: list[int],
    folder: Path,
    seconds: float,
    *,
    quick: bool = False,
) -> dict[int, str]:
    """Hunt the mutants of some designs in another process; return their fates by number."""
    path = folder / "job.json"
    HuntJob([each for each in designs if each.mutants], seed, quick).save(path)
    command = [sys.executable, "-m", "tests.mutation.hunt", str(path)]
    run_process(command, cwd=ROOT, log=folder / "hunt.log", timeout=seconds)
    fates = json.loads((folder / "fates.json").read_text())
    return {int(number): fate for number, fate in fates.items()}


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    seed, factor = (*given, *(1, 4)[len(given) :])
    with tempfile.TemporaryDirectory() as name:
        print(hunt(Path(name), seed=seed, times=factor))
