"""A training run: one network, one schedule, one seed."""

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from hbfp_hw.booster import FP32, BoosterSchedule, FormatTable, preset_table
from hbfp_hw.format import check_integer
from hbfp_hw.helpers.files import naming, write_whole
from hbfp_hw.torch import NotFiniteError, convert_model, layer_names, watch_finite
from hbfp_hw.training.checkpoint import RunState, load_checkpoint, save_checkpoint
from hbfp_hw.training.datasets import Dataset
from hbfp_hw.training.models import make_model
from hbfp_hw.training.records import EpochPlan, EpochRecord
from hbfp_hw.training.run_files import CHECKPOINT, LOG
from hbfp_hw.training.settings import Settings

TEST_BATCH = 500
"""Samples that are tested at once."""


class TrainingRun:
    """A network in training.

    All random numbers come from the settings' seed and the epoch's number, and everything that
    changes is in :meth:`state_dict`. A resumed run therefore gives the same bits as an
    uninterrupted one.

    Parameters:
        settings: Everything that decides the run's results.
        dataset: The data set that the settings name.

    Members:
        model, optimizer, schedule: The network, its optimizer, and its booster schedule.
        history: A record of every epoch so far.

    Raises:
        ValueError: The network cannot take samples of this shape, lacks the only layer to convert,
            or has another number of layers than the schedule's table.
    """

    def __init__(self, settings: Settings, dataset: Dataset):
        self.settings, self.dataset = settings, dataset
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(settings.seed)
            model = make_model(settings.model, dataset.shape, dataset.classes, width=settings.width)
        self.schedule = BoosterSchedule(
            _table(settings, len(layer_names(model))),
            block_size=settings.block_size,
            exponent_bits=settings.exponent_bits,
            rounding=settings.rounding,
            seed=settings.seed,
        )
        self.model = convert_model(model, self.schedule)
        self.optimizer = torch.optim.SGD(
            self.model.parameters(),
            lr=settings.learning_rate,
            momentum=settings.momentum,
            nesterov=settings.momentum > 0,
            weight_decay=settings.weight_decay,
        )
        self.history: list[EpochRecord] = []

    @property
    def epoch(self) -> int:
        """Number of the current epoch, from 0; equal to the number of epochs after the last one."""
        return self.schedule.epoch

    @property
    def learning_rate(self) -> float:
        """Learning rate of the current epoch."""
        return self._learning_rate(self.epoch)

    def planned(self, epoch: int) -> EpochPlan:
        """Return the part of an epoch's record that the settings decide."""
        return {
            "epoch": epoch,
            "learning_rate": self._learning_rate(epoch),
            "mantissa_bits": [
                widths[0] if len(set(widths)) == 1 else widths
                for widths in self.schedule.mantissa_bits[:, epoch].tolist()
            ],
        }

    def _learning_rate(self, epoch: int) -> float:
        progress = epoch / max(self.settings.epochs - 1, 1)
        last = self.settings.last_rate
        share = last + (1 - last) * (1 + math.cos(math.pi * progress)) / 2
        return self.settings.learning_rate * share

    def train_epoch(self) -> EpochRecord:
        """Train the network in one epoch and test it, then go to the next epoch.

        Raises:
            NotFiniteError: A layer gives NaN or infinity; the run cannot continue.
        """
        started, epoch = time.perf_counter(), self.epoch
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate
        with watch_finite(self.model, self.schedule):
            loss = self._train()
            accuracy = self._test()
        planned = self.planned(epoch)
        record: EpochRecord = {
            "epoch": epoch,
            "loss": loss,
            "accuracy": accuracy,
            "learning_rate": planned["learning_rate"],
            "mantissa_bits": planned["mantissa_bits"],
            "seconds": time.perf_counter() - started,
        }
        self.schedule.step_epoch()
        self.history.append(record)
        return record

    def _train(self) -> float:
        """Take one step for every batch. Return the mean loss over all samples."""
        self.model.train()
        x, y = map(torch.from_numpy, (self.dataset.train_x, self.dataset.train_y))
        order = np.random.default_rng([self.settings.seed, self.epoch]).permutation(len(x))
        total = 0.0
        # Batches differ by at most one sample: none is too small for batch statistics.
        for part in np.array_split(order, -(-len(x) // self.settings.batch_size)):
            chosen = torch.from_numpy(part)
            self.optimizer.zero_grad()
            loss = functional.cross_entropy(self.model(x[chosen]), y[chosen])
            if not loss.isfinite():
                raise NotFiniteError("loss", "output", self.epoch)
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(part)
        return total / len(x)

    @torch.no_grad()
    def _test(self) -> float:
        """Return the share of the test samples that are classified correctly."""
        self.model.eval()
        x, y = map(torch.from_numpy, (self.dataset.test_x, self.dataset.test_y))
        right = sum(
            int((self.model(some).argmax(dim=1) == of).sum())
            for some, of in zip(x.split(TEST_BATCH), y.split(TEST_BATCH), strict=True)
        )
        return right / len(x)

    def state_dict(self) -> RunState:
        """Return everything that changes in the run."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "history": self.history,
        }

    def resume(self, folder: Path) -> None:
        """Continue from the checkpoint in a folder, if there is one.

        Raises:
            BadCheckpoint: It belongs to another run; see :func:`.checkpoint.load_checkpoint`.
            OSError: It cannot be read.
        """
        path = folder / CHECKPOINT
        if path.exists():
            load_checkpoint(path, self.settings, self.load_state_dict, self.planned)

    def load_state_dict(self, state: RunState) -> None:
        """Restore the state of a run with the same settings.

        Raises:
            Exception: The state belongs to another run; PyTorch may raise nearly anything.
        """
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        for parameter, kept in self.optimizer.state.items():
            momentum = kept.get("momentum_buffer")
            # PyTorch itself would raise only in the next step.
            if momentum is not None and momentum.shape != parameter.shape:
                raise ValueError(
                    f"Momentum must be of shape {parameter.shape}, not {momentum.shape}"
                )
        self.schedule.load_state_dict(state["schedule"])
        self.history = list(state["history"])


def _table(settings: Settings, layers: int) -> NDArray[np.int64]:
    """Return the mantissa width of every layer in every epoch."""
    schedule = settings.schedule
    if not isinstance(schedule, FormatTable):
        table = preset_table(schedule, layers, settings.epochs, settings.booster_epochs)
    elif schedule.layers == layers:
        table = np.array(schedule.mantissa_bits)
    else:
        raise ValueError(
            f"Layers of {schedule} must be {layers} for {settings.model}, not {schedule.layers}"
        )
    if settings.only_layer is not None:
        check_integer("Layer", settings.only_layer, 0, layers - 1)
        table[np.arange(layers) != settings.only_layer] = FP32
    return table


def train(
    settings: Settings,
    dataset: Dataset,
    folder: Path | None = None,
    *,
    resume: bool = False,
    progress: Callable[[], None] = lambda: None,
    watch: Callable[[TrainingRun], None] = lambda run: None,
) -> list[EpochRecord]:
    """Train through all epochs on one thread, and return a record of every epoch.

    Parameters:
        settings: Everything that decides the run's results.
        dataset: The data set that the settings name.
        folder: Folder for a checkpoint, replaced after every epoch, and for a log with one line of
            JSON per epoch; None to write neither.
        resume: Whether to continue from the checkpoint, if there is one. It may be of a run with
            another number of epochs, if the trained epochs are the same.
        progress: Called after every epoch, and once for every epoch before the checkpoint.
        watch: Called with the run at its start, and after every epoch before the checkpoint is
            written. It must not change the run.

    Raises:
        NotFiniteError: A layer gives NaN or infinity; the last checkpoint stays.
        BadCheckpoint: The checkpoint belongs to another run.
        OSError: A file cannot be read or written.
    """
    with _one_thread():
        run = TrainingRun(settings, dataset)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            if resume:
                run.resume(folder)
            write_whole(folder / LOG, "".join(map(_line, run.history)).encode())
        for _ in run.history:
            progress()
        watch(run)
        while run.epoch < settings.epochs:
            record = run.train_epoch()
            watch(run)
            if folder is not None:
                save_checkpoint(folder / CHECKPOINT, settings, run.state_dict())
                with naming(folder / LOG), (folder / LOG).open("a", encoding="utf-8") as log:
                    log.write(_line(record))
            progress()
    return run.history


def _line(record: EpochRecord) -> str:
    return json.dumps(record) + "\n"


@contextmanager
def _one_thread() -> Iterator[None]:
    """Use one thread, because the bits of a sum depend on the number of threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
