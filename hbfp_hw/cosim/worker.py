"""A process that checks its share of the batches: ``python -m hbfp_hw.cosim.worker JOB INDEX``.

A compiled design that hangs or breaks down takes this process with it, not the user's. The job is
a JSON file in the folder where the results go.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from hbfp_hw.cosim.compare import ARRAYS, Comparison
from hbfp_hw.cosim.core import CoreLibrary
from hbfp_hw.cosim.library import DesignLibrary
from hbfp_hw.cosim.vectors import vectors_of
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.helpers.files import write_text

KEPT = 4
"""Most batches of which the first difference is kept."""


def check_share(job: dict[str, Any], index: int, folder: Path) -> None:
    """Check every task's batches of this worker, or whole tasks if there are many."""
    description = DesignDescription.from_json(job["description"])
    kind = CoreLibrary if description.unit == "core" else DesignLibrary
    library = kind(Path(job["library"]), description)
    source = vectors_of(description, job["vectors_name"])
    progress = folder / f"progress-{index}"
    done = 0
    for number, constants in enumerate(job["tasks"]):
        if number % job["share_tasks"] != index % job["share_tasks"]:
            continue
        first = index // job["share_tasks"]
        comparison = Comparison(library, source, job["stalls"], constants)
        for batch in range(first, -(-job["vectors"] // source.vectors), job["share_batches"]):
            rng = np.random.default_rng([job["seed"], batch])
            count = min(source.vectors, job["vectors"] - batch * source.vectors)
            keep = len(comparison.tally.differences) < KEPT
            wrong = comparison.check(rng, batch, count, keep=keep)
            done += count
            write_text(progress, str(done))
            if wrong and job["stop"]:
                break
        _write(folder, f"task-{number}-{index}", comparison)


def _write(folder: Path, stem: str, comparison: Comparison) -> None:
    """Write the tally, and the arrays of the differences."""
    tally = comparison.tally
    arrays: dict[str, Any] = {}
    summaries = []
    for number, difference in enumerate(tally.differences):
        arrays |= difference.arrays(f"{number}.")
        summaries.append({k: v for k, v in difference._asdict().items() if k not in ARRAYS})
    if arrays:
        np.savez_compressed(folder / f"{stem}.npz", **arrays)
    result = vars(tally) | {"differences": summaries}
    write_text(folder / f"{stem}.json", json.dumps(result))


if __name__ == "__main__":
    path = Path(sys.argv[1])
    check_share(json.loads(path.read_text(encoding="utf-8")), int(sys.argv[2]), path.parent)
