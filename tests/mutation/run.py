"""Makes mutants, hunts them, and tells the survivors apart: ``python -m tests.mutation.run``."""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hbfp_hw.helpers.processes import run_process
from hbfp_hw.simulate.verilate import build_library
from tests.cosim.bundle import bundle
from tests.mutation.core import build_core_of_mutants
from tests.mutation.designs import ALONE, CORE, QUICK_SEED, SUBJECTS, Subject
from tests.mutation.equivalence import proven
from tests.mutation.explained import reason
from tests.mutation.netlist import PORT, WIDTH, Mutant, mutate

ROOT = Path(__file__).parents[2]
TOO_LARGE = ("gemm", "core")
"""Designs too large for proofs as a whole."""

SECONDS = 2.0
"""Time limit of one proof."""

PATIENCE = 30.0
"""Time limit of the proof of one that nothing else has decided."""

LAST_ROUNDS = (30_000, 30_000)
"""Vectors for what survives the usual ones and is not proven to be equivalent."""


@dataclass(frozen=True)
class Report:
    """What became of the mutants.

    Members:
        fates: What killed each one, or nothing.
        quick: Those that the vectors of the quick suite kill.
        proven: Survivors that are proven to be equivalent.
    """

    fates: Mapping[Mutant, str]
    quick: Set[Mutant]
    proven: list[Mutant]

    @property
    def killed(self) -> int:
        """Mutants that were killed."""
        return sum(map(bool, self.fates.values()))

    @property
    def explained(self) -> list[Mutant]:
        """Survivors that are equivalent for a reason that is written down."""
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
        """Part of those that are not equivalent that was killed."""
        return self.killed / (self.killed + len(self.alive))

    @property
    def quick_score(self) -> float:
        """Part of those that are not equivalent that the quick suite kills."""
        return len(self.quick) / (self.killed + len(self.alive))

    def __str__(self) -> str:
        lines = [
            f"{len(self.fates)} mutants, {self.killed} killed ({self.score:.1%}),"
            f" {len(self.proven)} proven equivalent, {len(self.explained)} explained,"
            f" {len(self.alive)} alive",
            f"the quick suite kills {len(self.quick)} of them ({self.quick_score:.1%})",
        ]
        shown = Counter(fate.partition(" in ")[0] for fate in self.fates.values() if fate)
        lines += [f"  {number:4} {fate}" for fate, number in shown.most_common()]
        lines += [f"explained: {each}: {reason(str(each))}" for each in self.explained]
        return "\n".join([*lines, *(f"alive: {each}" for each in self.alive)])


def hunt(
    folder: Path, *, seed: int = 1, times: int = 1, keys: Collection[str] | None = None
) -> Report:
    """Hunt mutants of every unit.

    Parameters:
        folder: Where to work.
        seed: Decides which mutants are made, and the vectors.
        times: Factor on the usual number of mutants.
        keys: Designs whose mutants are hunted, one of :data:`SUBJECTS` among them; by default all.
    """
    every: dict[str, Subject] = SUBJECTS | ALONE | CORE
    subjects = {key: each for key, each in every.items() if keys is None or key in keys}
    designs = {key: subject.design() for key, subject in subjects.items()}
    counts = {key: times * subject.mutants for key, subject in subjects.items()}
    made, mutants = mutate(designs, counts, seed, folder)
    bundled = [key for key in subjects if key in SUBJECTS]
    together = bundle({f"u{k}": made[key] for k, key in enumerate(bundled)}, {PORT: WIDTH})
    shared = build_library(together, [PORT])
    jobs = []
    for index, (key, subject) in enumerate(subjects.items()):
        alone = key not in SUBJECTS
        if key in CORE:
            library = build_core_of_mutants(made[key])
        elif alone:
            library = build_library(made[key], [PORT])
        jobs.append(
            {
                "library": str(library if alone else shared),
                "streams": (made[key] if alone else together).description.to_json(),
                "prefix": "" if alone else f"u{index}_",
                "description": designs[key].description.to_json(),
                "design": made[key].to_json() if key in CORE else None,
                "mutants": [each.number for each in mutants if each.design == key],
                "rounds": subject.rounds,
                "quick_rounds": subject.quick_rounds,
            }
        )
    shown = _chase(
        [job | {"rounds": job["quick_rounds"]} for job in jobs],
        [QUICK_SEED],
        folder,
        timeout=600 * times,
        quick=True,
    )
    said = _chase(jobs, [seed], folder, timeout=600 * times)
    said |= {number: said[number] or fate for number, fate in shown.items()}
    fates = {each: said[each.number] for each in mutants}
    survivors = [each for each, fate in fates.items() if not fate and not reason(str(each))]
    tops = {key: design.name for key, design in designs.items() if key not in TOO_LARGE}
    held = proven(survivors, tops, folder, SECONDS)
    left = {each.number: each for each in survivors if each.number not in held}
    last = [
        job
        | {"mutants": [number for number in job["mutants"] if number in left]}
        | ({"rounds": LAST_ROUNDS} if job["prefix"] else {})
        for job in jobs
        if not job["design"]  # vectors of the core are not drawn
    ]
    said = _chase(last, [seed, 1], folder, timeout=600 * times)
    fates |= {each: said[number] for number, each in left.items() if number in said}
    held |= proven([each for each in left.values() if not fates[each]], tops, folder, PATIENCE)
    quick = {each for each in mutants if shown[each.number]}
    return Report(fates, quick, [each for each in survivors if each.number in held])


def _chase(
    jobs: list[dict[str, Any]],
    seed: list[int],
    folder: Path,
    *,
    timeout: float,
    quick: bool = False,
) -> dict[int, str]:
    """What kills each mutant of some jobs, by its number; nothing for those that survive."""
    job = folder / "job.json"
    job.write_text(
        json.dumps(
            {
                "seed": seed,
                "quick": quick,
                "designs": [each for each in jobs if each["mutants"]],
            }
        )
    )
    command = [sys.executable, "-m", "tests.mutation.hunt", job]
    run_process(command, cwd=ROOT, log=folder / "hunt.log", timeout=timeout)
    fates = json.loads((folder / "fates.json").read_text())
    return {int(number): fate for number, fate in fates.items()}


if __name__ == "__main__":
    number, times = (int(word) for word in (*sys.argv[1:], 1, 4)[:2])
    with tempfile.TemporaryDirectory() as name:
        print(hunt(Path(name), seed=number, times=times))
