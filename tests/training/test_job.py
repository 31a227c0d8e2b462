"""Training runs in the worker pool: the same results, and the end of all when one fails."""

import multiprocessing

import pytest
import torch

from hbfp_hw.helpers.worker_pool import run_jobs
from hbfp_hw.training.comparison import plan
from hbfp_hw.training.errors import BadCheckpoint, Diverged
from hbfp_hw.training.run_files import CHECKPOINT, LOG
from hbfp_hw.training.settings import Settings
from tests.helpers.steps import Steps

SMALL = Settings(dataset="digits", model="mlp", epochs=2, width=2, batch_size=200)


def accuracies(results):
    return [[(record["loss"], record["accuracy"]) for record in run] for run in results]


@pytest.mark.full
def test_two_workers_give_the_results_of_one(tmp_path):
    progress = {}
    results = {}
    for workers in (1, 2):
        jobs = plan(SMALL, ["fp32", "hbfp4"], [0, 1], folder=tmp_path / str(workers))
        steps = progress[workers] = []
        results[workers] = run_jobs(
            jobs, workers=workers, progress=lambda *step, steps=steps: steps.append(step)
        )
    assert accuracies(results[1]) == accuracies(results[2])
    assert len(set(map(str, accuracies(results[1])))) == 4
    assert progress[1] == progress[2] == [(done, 8) for done in range(1, 9)]
    names = [f"{schedule}-seed{seed}" for schedule in ("fp32", "hbfp4") for seed in (0, 1)]
    for workers in ("1", "2"):
        folders = sorted((tmp_path / workers).iterdir())
        assert [folder.name for folder in folders] == names
        for folder in folders:
            assert sorted(path.name for path in folder.iterdir()) == [CHECKPOINT, LOG]
    for name in names:
        first, second = (
            torch.load(tmp_path / workers / name / CHECKPOINT, weights_only=True)["model"]
            for workers in ("1", "2")
        )
        assert all(torch.equal(first[key], second[key]) for key in first)
    assert not multiprocessing.active_children()


def test_divergence_ends_all_runs():
    settings = Settings(dataset="digits", model="mlp", epochs=50, width=2, learning_rate=1000.0)
    jobs = plan(settings, ["hbfp4", "fp32"], [0, 1])
    with pytest.raises(Diverged, match=r"^NaN or infinity in .* in epoch \d+ \(schedule .*, seed"):
        run_jobs(jobs, workers=1)
    assert not multiprocessing.active_children()


def test_divergence_in_a_worker_ends_the_others():
    jobs = [Steps(), Steps(Diverged("NaN or infinity")), Steps(), Steps()]
    with pytest.raises(Diverged, match=r"^NaN or infinity$"):
        run_jobs(jobs, workers=2)
    assert not multiprocessing.active_children()


@pytest.mark.full
def test_errors_of_a_worker_come_through(tmp_path):
    jobs = plan(SMALL, ["fp32"], [0, 1], folder=tmp_path, resume=True)
    (tmp_path / "fp32-seed1").mkdir()
    (tmp_path / "fp32-seed1" / CHECKPOINT).write_bytes(b"none")
    with pytest.raises(BadCheckpoint, match=r"^Checkpoint must be a complete checkpoint"):
        run_jobs(jobs, workers=2)
    assert not multiprocessing.active_children()
