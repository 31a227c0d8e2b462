"""Execution of points on a Dask cluster."""

import contextlib
import logging
import traceback
from collections.abc import Iterator, Sequence
from typing import Any

from hbfp_hw import __version__
from hbfp_hw.sweep.execute import PointOutcome, SweepJob, run_job, stop

PATIENCE = 30.0
"""Seconds to wait for the scheduler to answer, and for its first worker."""


class ClusterError(RuntimeError):
    """The cluster cannot be used, or the connection to it is lost."""


def run_on_cluster(jobs: Sequence[SweepJob], *, address: str) -> Iterator[tuple[str, PointOutcome]]:
    """Run the jobs of one sweep on the workers of a Dask cluster.

    If a worker dies, another one runs its point again. A point on which four workers died
    counts as failed. When the iterator is closed, running points are ended.

    Parameters:
        jobs: Jobs to run.
        address: Address of the scheduler, for example ``tcp://host:8786``.

    Yields:
        Key and outcome of each job, in the order in which the jobs end.

    Raises:
        ClusterError: No scheduler answers, the cluster has no worker, a worker has another version
            of hbfp_hw, or the connection to the scheduler is lost.
    """
    # Imported here because distributed is an optional package, and slow to import.
    from distributed import as_completed

    with _client(address) as client:
        keys = [f"hbfp-{job.sweep}-{job.key}" for job in jobs]
        futures = client.map(run_job, jobs, key=keys, pure=False)
        names = {future.key: job.key for future, job in zip(futures, jobs, strict=True)}
        try:
            for future in as_completed(futures, loop=client.loop):
                yield names[future.key], _outcome(future)
        finally:
            with contextlib.suppress(OSError, TimeoutError):
                client.cancel(futures, force=True)
                for sweep in {job.sweep for job in jobs}:
                    client.run(stop, sweep, on_error="ignore")


@contextlib.contextmanager
def _client(address: str) -> Iterator[Any]:
    from distributed import Client
    from distributed.comm.core import CommClosedError

    # Our own errors report lost connections, so the messages of distributed are silenced.
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError):
        raise ClusterError(f"No Dask scheduler answers at {address!r}") from None
    try:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise ClusterError(f"The cluster at {address!r} has no worker") from None
        for worker, version in client.run(_version, on_error="return").items():
            # A worker that has just died is still listed for a moment; calls to it fail.
            if not isinstance(version, CommClosedError) and version != __version__:
                raise ClusterError(
                    f"Workers must have hbfp_hw {__version__}, but {worker} gives {version!r}"
                )
        yield client
    finally:
        client.close()


def _version() -> str:
    return __version__


def _outcome(future: Any) -> PointOutcome:
    from distributed import KilledWorker

    if future.cancelled() or future.status == "lost":
        raise ClusterError("The cluster is gone; run the same command again to continue")
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, KilledWorker):
        log = f"Workers that ran it died: {error}\n"
    else:
        log = "".join(traceback.format_exception(error))
    return PointOutcome("failed", None, None, log, 0.0)
