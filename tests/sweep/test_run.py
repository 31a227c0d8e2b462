"""Points run on this machine: which of them run, and what is kept of each."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest

from hbfp_hw import __version__
from hbfp_hw.sweep import open_store, run_locally, run_sweep
from hbfp_hw.sweep.execute import Stopped, SweepJob, run_job, stop
from tests.processes import wait_for_end
from tests.sweep.conftest import PRODUCTS, comparable, freeze_point

locally = partial(run_locally, workers=2)


@pytest.mark.full
def test_only_what_the_store_lacks_is_run(spec, folder):
    run, calls = [], []

    def execute(jobs):
        run.extend(job.key for job in jobs)
        return locally(jobs)

    sweep = spec()
    keys = [point.key for point in sweep.points]
    with open_store(folder / "store.sqlite") as store:
        records = run_sweep(sweep, store, execute, progress=lambda *call: calls.append(call))
        assert run == [record.key for record in records] == keys
        assert calls == [(done, 4) for done in range(5)]
        assert [record.state for record in records] == ["done", "failed", "done", "failed"]
        for point, record in zip(sweep.points, records, strict=True):
            assert (record.command, record.parameters) == ("gemm", point.parameters)
            if record.state == "failed":
                assert (record.status, record.result) == (2, None)
                assert record.log == "hbfp: Mantissa width must be 2 to 16, not 17\n"
            else:
                assert (record.status, record.log) == (0, "")
                assert record.result["macs"] == 5 * 7 * 3
        # The dot engine takes one cycle per block of each of the 5 x 3 dot products, and four more.
        assert records[2].result["cycles"] == 5 * 3 * 2 + 4

        run.clear()
        assert run_sweep(sweep, store, execute) == records
        assert run == []
        again = run_sweep(sweep, store, execute, retry_failed=True)
        assert run == [keys[1], keys[3]]
        assert comparable(again) == comparable(records)

        run.clear()
        other = spec(PRODUCTS.replace(', "cycle"', "").replace("17", "17, 6"))
        assert [point.key for point in other.points[:2]] == keys[:2]
        run_sweep(other, store, execute)
        assert run == [other.points[2].key]
        assert store.records().keys() == {*keys, *run}


def test_time_limit(jobs):
    (job,) = jobs("limited", timeout=0.01)
    outcome = run_job(job)
    assert (outcome.state, outcome.status, outcome.result) == ("failed", None, None)
    assert outcome.log.endswith("stopped after its time limit of 0.01 s\n")


def test_crash(jobs):
    (job,) = jobs("crashing")
    with ThreadPoolExecutor() as pool:
        future = pool.submit(run_job, job)
        point, _ = freeze_point(lambda: [os.getpid()])
        os.kill(point, signal.SIGSEGV)
        os.kill(point, signal.SIGCONT)
        outcome = future.result(timeout=60)
    assert (outcome.state, outcome.status) == ("failed", -signal.SIGSEGV)
    assert outcome.log.endswith("ended by signal 11\n")


def test_stop(jobs):
    """Running points are ended, and waiting ones are not started."""
    outcomes = run_locally(jobs("stopped", count=3), workers=1)
    frozen = []

    def freeze_and_stop():
        frozen.append(freeze_point(lambda: [os.getpid()])[0])
        stop("stopped")

    thread = threading.Thread(target=freeze_and_stop)
    thread.start()
    with pytest.raises(Stopped):
        list(outcomes)
    thread.join()
    wait_for_end(set(frozen))
    with pytest.raises(Stopped):
        run_job(*jobs("stopped"))


@pytest.fixture
def interpreter(folder, monkeypatch):
    """Return a function that replaces the interpreter which runs a point by a shell script."""
    monkeypatch.setattr("sys.executable", str(folder / "fake"))

    def write(script):
        (folder / "fake").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "fake").chmod(0o755)

    return write


def test_command_and_both_outputs(interpreter):
    interpreter('echo "{\\"words\\": \\"$*\\"}"; echo shown: $HBFP_SHOW_LOGS >&2')
    outcome = run_job(SweepJob("key", ("area", "--json"), 60.0, "running"))
    assert (outcome.state, outcome.status) == ("done", 0)
    assert outcome.result == {"words": "-m hbfp_hw area --json"}
    assert outcome.log == "shown: 1\n", "a failed tool's log is asked for"


def test_output_that_is_not_json(interpreter):
    interpreter("echo no JSON; echo why >&2")
    outcome = run_job(SweepJob("key", ("area",), 60.0, "failing"))
    assert (outcome.state, outcome.status) == ("failed", 0)
    assert outcome.log == "why\nprinted no JSON object\n"


def test_worker_of_another_version(jobs):
    (job,) = jobs("other")
    outcome = run_job(replace(job, version="99.0"))
    assert (outcome.state, outcome.status) == ("failed", None)
    assert outcome.log == f"Worker must have hbfp_hw 99.0, not {__version__}"
