"""Worker process of a co-simulation: ``python -m hbfp_hw.cosim.worker JOB WORKER``.

A compiled design that hangs or crashes ends only this process, not the user's. JOB is the file of a
:class:`~hbfp_hw.cosim.job.CosimJob`, WORKER the number of the worker; results go to the folder of
the job.
"""

import sys
from pathlib import Path

import numpy as np

from hbfp_hw.cosim.compare import Comparison
from hbfp_hw.cosim.core import CoreLibrary
from hbfp_hw.cosim.job import CosimJob, write_progress, write_tally
from hbfp_hw.cosim.library import DesignLibrary
from hbfp_hw.cosim.vectors import vectors_of

KEPT = 4
"""Most differences that a worker keeps of one task."""


def check_share(job: CosimJob, worker: int, folder: Path) -> None:
    """Compare the share of one worker, and write its tallies."""
    kind = CoreLibrary if job.description.unit == "core" else DesignLibrary
    library = kind(Path(job.library), job.description)
    vectors = vectors_of(job.description, job.vectors_name)
    done = 0
    for task in job.tasks_of(worker):
        comparison = Comparison(library, vectors, job.stalls, job.tasks[task])
        for batch in job.batches_of(worker, vectors.batch_size):
            rng = np.random.default_rng([job.seed, batch])
            count = min(vectors.batch_size, job.vectors - batch * vectors.batch_size)
            keep = len(comparison.tally.differences) < KEPT
            mismatches = comparison.check(rng, batch, count, keep=keep)
            done += count
            write_progress(folder, worker, done)
            if mismatches and job.stop_at_first:
                break
        write_tally(folder, task, worker, comparison.tally)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    check_share(CosimJob.load(path), int(sys.argv[2]), path.parent)
