"""Study of tensors: how far are they from their HBFP versions, and is that what theory says."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hbfp_hw.booster.presets import MOST_EPOCHS
from hbfp_hw.explore.points import Point, PointFile
from hbfp_hw.explore.study import POINTS, Data, check_list
from hbfp_hw.format import HBFPFormat, check_integer
from hbfp_hw.training.errors import BadCheckpoint
from hbfp_hw.training.job import TrainingJob
from hbfp_hw.training.settings import Settings

if TYPE_CHECKING:
    from hbfp_hw.training.trainer import TrainingRun

FIGURES = ("distance", "relative", "sqnr", "predicted", "uniform")
"""What is known of each tensor in each format."""

KEYS = ("epoch", "layer", "name", "tensor", "product", "mantissa_bits", "block_size")
"""What tells the results from each other."""


@dataclass(frozen=True, kw_only=True)
class Distances:
    """Distances and noise of all operands of all products, by epoch, width and block size.

    The network trains by its own schedule. At some epochs, what one training step converts is taken
    in FP32 and converted to each format: the first batch of the training samples, always the same.

    Members:
        settings: Of the training; rounding, exponent bits and seed are also those of what is
            studied.
        seeds: One network for each.
        mantissa_bits, block_sizes: Formats.
        every: Epochs between those that are looked at; the last one always is.

    Raises:
        TypeError: A number is of the wrong kind.
        ValueError: A number is out of range, or given twice.
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
        """Every width with every block size."""
        return [
            HBFPFormat(bits, size, self.settings.exponent_bits)
            for bits in self.mantissa_bits
            for size in self.block_sizes
        ]

    def looks_at(self, epoch: int) -> bool:
        """Whether tensors are taken after so many epochs."""
        return epoch % self.every == 0 or epoch == self.settings.epochs

    def as_dict(self) -> Data:
        """The study as plain values."""
        plain = self.settings.as_dict()
        del plain["seed"]
        own = ("seeds", "mantissa_bits", "block_sizes", "every")
        return plain | {name: getattr(self, name) for name in own}

    def jobs(self, data: Path | None, folder: Path | None, *, resume: bool) -> list["DistancesJob"]:
        """A network for each seed."""
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

    def summarise(self, results: Sequence[list[Data]]) -> Data:
        """Means of all seeds in ``results``.

        Of the last epoch there are also the means of all layers and products in ``overview``, and
        the same by tensor in ``last`` if there is only one format.
        """
        rows = [point for points in results for point in points]
        last = [row for row in rows if row["epoch"] == self.settings.epochs]
        overview = _means(last, ("tensor", "mantissa_bits", "block_size"))
        return {
            "study": self.name,
            "settings": self.as_dict(),
            "last": {row["tensor"]: {figure: row[figure] for figure in FIGURES} for row in overview}
            if len(self.formats) == 1
            else None,
            "overview": overview,
            "results": _means(rows, KEYS),
        }


@dataclass(frozen=True)
class DistancesJob:
    """Train a network, and look at its tensors.

    Members:
        study: What to look at.
        job: The training.
    """

    study: Distances
    job: TrainingJob

    @property
    def steps(self) -> int:
        """Epochs."""
        return self.job.steps

    def run(self, progress: Callable[[], None]) -> list[Point]:
        """All points of this network."""
        path = None if self.job.folder is None else self.job.folder / POINTS
        points = PointFile(path, ("seed", *KEYS, *FIGURES), resume=self.job.resume)
        self.job.run(progress, lambda run: self._record(run, points))
        found = points.all()
        # Of every epoch there are as many, unless the file has lost some before a checkpoint.
        counts = Counter(point["epoch"] for point in found)
        epochs = filter(self.study.looks_at, range(self.job.settings.epochs + 1))
        if len({counts[epoch] for epoch in epochs}) != 1:
            raise BadCheckpoint(f"Points must be those of all epochs that are over: '{path}'")
        return found

    def _record(self, run: "TrainingRun", points: PointFile) -> None:
        if not self.study.looks_at(run.epoch):
            return
        import torch

        from hbfp_hw.explore.operands import operands
        from hbfp_hw.explore.tensors import Tensor

        settings, dataset = self.job.settings, run.dataset
        batch = slice(settings.batch_size)
        x, y = (torch.from_numpy(part[batch]) for part in (dataset.train_x, dataset.train_y))
        for operand in operands(run.model, x, y):
            tensor = cache(partial(Tensor, operand.lines))
            for fmt in self.study.formats:
                of = {
                    "seed": settings.seed,
                    "epoch": run.epoch,
                    "layer": operand.layer,
                    "name": operand.name,
                    "tensor": operand.role.value,
                    "product": operand.product.value,
                    "mantissa_bits": fmt.mantissa_bits,
                    "block_size": fmt.block_size,
                }
                if not points.has(of):
                    points.add(of, tensor().compare(fmt, settings.rounding, settings.seed))


def _means(rows: Sequence[Data], keys: Sequence[str]) -> list[Data]:
    """Means of the figures of all rows that agree in the keys; None is left out."""
    groups: dict[tuple[Any, ...], list[Data]] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    return [
        dict(zip(keys, values, strict=True))
        | {figure: _mean([row[figure] for row in group]) for figure in FIGURES}
        for values, group in groups.items()
    ]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
