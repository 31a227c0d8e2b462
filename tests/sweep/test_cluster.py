"""A real Dask cluster of two workers on the loopback interface."""

import logging
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from distributed import LocalCluster

from hbfp_hw import __version__
from hbfp_hw.sweep import ClusterError, open_store, run_locally, run_on_cluster, run_sweep
from tests.processes import wait_for_end
from tests.sweep.conftest import comparable, freeze_point

OPTIONS = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **OPTIONS) as cluster:
        yield cluster


@pytest.fixture
def on_cluster(cluster):
    return partial(run_on_cluster, address=cluster.scheduler_address)


@pytest.fixture
def kill_worker(cluster):
    """Return a function that kills the worker that is running a point."""
    workers = {nanny.pid for nanny in cluster.workers.values()}
    assert len(workers) == 2

    def kill():
        point, worker = freeze_point(lambda: workers)
        os.kill(worker, signal.SIGKILL)
        wait_for_end({point})  # the point is stopped, so it cannot have ended by itself
        return True

    with ThreadPoolExecutor() as pool:
        yield lambda: pool.submit(kill)


@pytest.mark.full
def test_same_results_as_locally_though_a_worker_is_killed(on_cluster, kill_worker, spec, folder):
    sweep = spec()
    with open_store(folder / "local.sqlite") as store:
        expected = run_sweep(sweep, store, partial(run_locally, workers=2))
    assert [record.state for record in expected] == ["done", "failed"] * 2
    with open_store(folder / "cluster.sqlite") as store:
        killed = kill_worker()
        records = run_sweep(sweep, store, on_cluster)
        assert killed.result()
    assert comparable(records) == comparable(expected)


def test_point_whose_workers_all_die_is_failed(cluster, on_cluster, kill_worker, jobs, monkeypatch):
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)
    killed = kill_worker()
    ((key, outcome),) = on_cluster(jobs("deadly"))
    assert killed.result()
    assert (key, outcome.state, outcome.status) == ("0", "failed", None)
    assert outcome.log.startswith("Workers that ran it died: Attempted to run task 'hbfp-deadly-")


@pytest.mark.full
def test_closing_ends_the_points(cluster, on_cluster, jobs):
    outcomes = on_cluster(jobs("closed", count=6))
    assert next(outcomes)[1].state == "done"
    point, _ = freeze_point(lambda: {nanny.pid for nanny in cluster.workers.values()})
    outcomes.close()
    wait_for_end({point})


@pytest.mark.full
def test_clusters_that_cannot_be_used(on_cluster, jobs, monkeypatch):
    monkeypatch.setattr("hbfp_hw.sweep.cluster.PATIENCE", 0.3)
    with pytest.raises(ClusterError, match=r"^No Dask scheduler answers at 'tcp://127.0.0.1:1'$"):
        list(run_on_cluster(jobs("refused"), address="tcp://127.0.0.1:1"))
    with pytest.raises(ClusterError, match=r"^No Dask scheduler answers at 'nonsense'$"):
        list(run_on_cluster(jobs("refused"), address="nonsense"))
    with (
        LocalCluster(n_workers=0, processes=False, **OPTIONS) as empty,
        pytest.raises(ClusterError, match=r"^The cluster at '.*' has no worker$"),
    ):
        list(run_on_cluster(jobs("refused"), address=empty.scheduler_address))
    monkeypatch.setattr("hbfp_hw.sweep.cluster.PATIENCE", 30.0)
    monkeypatch.setattr("hbfp_hw.sweep.cluster.__version__", "99.0")
    message = rf"^Workers must have hbfp_hw 99.0, but tcp://.* gives '{__version__}'$"
    with pytest.raises(ClusterError, match=message):
        list(on_cluster(jobs("refused")))
