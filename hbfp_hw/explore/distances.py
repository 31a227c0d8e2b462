"""Study of distances: how far tensors are from their HBFP versions, measured and predicted."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np

from hbfp_hw.booster.presets import MOST_EPOCHS
from hbfp_hw.explore.points import PointFile
from hbfp_hw.explore.records import (
    DistancePoint,
    DistanceRow,
    DistancesSettings,
    DistancesSummary,
    OverviewRow,
)
from hbfp_hw.explore.study import POINTS, check_list
from hbfp_hw.format import HBFPFormat, check_integer
from hbfp_hw.helpers.display import in_words
from hbfp_hw.training.errors import BadCheckpoint
from hbfp_hw.training.job import TrainingJob
from hbfp_hw.training.settings import Settings

if TYPE_CHECKING:
    from hbfp_hw.training.trainer import TrainingRun

FIGURES = ("distance", "relative", "sqnr", "predicted", "uniform")
"""Names of the figures of a tensor in a format."""

KEYS = ("epoch", "layer", "name", "tensor", "product", "mantissa_bits", "block_size")
"""Names of the values that identify a result: no two results have equal ones."""


@dataclass(frozen=True, kw_only=True)
class Distances:
    """Distance and noise of all operands of all products, by epoch and format.

    The network trains by its own schedule. Before training and after some of the epochs, the
    operands of one training step are taken in FP32 and converted to each format. It is always the
    step with the first batch of the training samples.

    Members:
        settings: Settings of the training. Their rounding, exponent bits and seed also apply to the
            conversions of the study.
        seeds: Seeds of the networks.
        mantissa_bits, block_sizes: Widths and block sizes; each combination is a format.
        every: Number of epochs from one conversion to the next. Tensors are always converted before
            training and after the last epoch.

    Raises:
        TypeError: A number has the wrong type.
        ValueError: A number is out of range, or occurs twice.
    """

    name: ClassVar[str] = "distances"

    settings: Settings
    seeds: tuple[int, ...] = (0,)
    mantissa_bits: tuple[int, ...] = (4, 6, 8)
    block_sizes: tuple[int, ...] = (16, 64, 256)
    every: int = 5

    def __post_init__(self) -> None:
        check_list("Seeds", self.seeds, 0, 2**32 - 1)
        check_list("Mantissa widths", self.mantissa_bits, 2, 16)
        check_list("Block sizes", self.block_sizes, 1, 1024)
        check_integer("Every", self.every, 1, MOST_EPOCHS)

    @property
    def formats(self) -> list[HBFPFormat]:
        """Formats of every width with every block size."""
        return [
            HBFPFormat(bits, size, self.settings.exponent_bits)
            for bits in self.mantissa_bits
            for size in self.block_sizes
        ]

    def is_studied(self, epoch: int) -> bool:
        """Return whether tensors are studied after this number of epochs."""
        return epoch % self.every == 0 or epoch == self.settings.epochs

    def as_dict(self) -> dict[str, object]:
        """Return the settings of the study as plain values."""
        plain = self.settings.as_dict()
        del plain["seed"]
        own = ("seeds", "mantissa_bits", "block_sizes", "every")
        return plain | {name: getattr(self, name) for name in own}

    def jobs(self, data: Path | None, folder: Path | None, *, resume: bool) -> list["DistancesJob"]:
        """Return one job for each seed."""
        return [
            DistancesJob(
                self,
                TrainingJob(
                    replace(self.settings, seed=seed),
                    data,
                    None if folder is None else folder / f"seed{seed}",
                    resume,
                ),
            )
            for seed in self.seeds
        ]

    def summarise(self, results: Sequence[list[DistancePoint]]) -> DistancesSummary:
        """Return means over seeds and, for the last epoch, means over layers and products."""
        rows = [point for points in results for point in points]
        last = [row for row in rows if row["epoch"] == self.settings.epochs]
        keys = ("tensor", "mantissa_bits", "block_size")
        overview = cast(list[OverviewRow], _means(last, keys))
        return {
            "study": "distances",
            "settings": cast(DistancesSettings, self.as_dict()),
            "last": {row["tensor"]: _figures(row) for row in overview}
            if len(self.formats) == 1
            else None,
            "overview": overview,
            "results": cast(list[DistanceRow], _means(rows, KEYS)),
        }


@dataclass(frozen=True)
class DistancesJob:
    """A job that trains one network and compares its tensors with their HBFP versions.

    Members:
        study: The study.
        job: The training run.
    """

    study: Distances
    job: TrainingJob

    @property
    def steps(self) -> int:
        """Number of epochs."""
        return self.job.steps

    def run(self, progress: Callable[[], None]) -> list[DistancePoint]:
        """Return all points of this network."""
        path = None if self.job.folder is None else self.job.folder / POINTS
        points = PointFile(path, ("seed", *KEYS, *FIGURES), resume=self.job.resume)
        self.job.run(progress, lambda run: self._record(run, points))
        found = cast(list[DistancePoint], points.all())
        # All epochs have the same number of points, unless the file lost some that a checkpoint
        # counts as computed.
        counts = Counter(point["epoch"] for point in found)
        epochs = list(filter(self.study.is_studied, range(self.job.settings.epochs + 1)))
        whole = max(counts[epoch] for epoch in epochs)
        if lacking := [epoch for epoch in epochs if counts[epoch] < whole]:
            shown = f"epoch{'s' if len(lacking) > 1 else ''} {in_words(lacking)}"
            raise BadCheckpoint(
                f"Points must be complete, but some of {shown} are missing: '{path}'"
            )
        return found

    def _record(self, run: "TrainingRun", points: PointFile) -> None:
        if not self.study.is_studied(run.epoch):
            return
        import torch

        from hbfp_hw.explore.operands import operands
        from hbfp_hw.explore.tensors import ComparedTensor

        settings, dataset = self.job.settings, run.dataset
        batch = slice(settings.batch_size)
        x, y = (torch.from_numpy(part[batch]) for part in (dataset.train_x, dataset.train_y))
        for operand in operands(run.model, x, y):
            tensor = cache(partial(ComparedTensor, operand.lines))
            for fmt in self.study.formats:
                key = {
                    "seed": settings.seed,
                    "epoch": run.epoch,
                    "layer": operand.layer,
                    "name": operand.name,
                    "tensor": operand.role.value,
                    "product": operand.product.value,
                    "mantissa_bits": fmt.mantissa_bits,
                    "block_size": fmt.block_size,
                }
                if not points.has(key):
                    figures = tensor().compare(fmt, settings.rounding, settings.seed)
                    points.add(key, figures)


def _means(rows: Sequence[DistancePoint], keys: Sequence[str]) -> list[dict[str, object]]:
    """Return the mean figures of the rows that agree in all keys."""
    groups: dict[tuple[object, ...], list[DistancePoint]] = {}
    for row in rows:
        groups.setdefault(tuple(row.get(key) for key in keys), []).append(row)
    means = []
    for values, group in groups.items():
        figures = [_figures(row) for row in group]
        own = {name: _mean([row[name] for row in figures]) for name in FIGURES}
        means.append(dict(zip(keys, values, strict=True)) | own)
    return means


def _figures(row: DistancePoint | OverviewRow) -> dict[str, float | None]:
    return {
        "distance": row["distance"],
        "relative": row["relative"],
        "sqnr": row["sqnr"],
        "predicted": row["predicted"],
        "uniform": row["uniform"],
    }


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the mean of the values that are not None; None if all are."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
