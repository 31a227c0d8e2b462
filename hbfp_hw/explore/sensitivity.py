"""Study of layers: accuracy of networks of which only one layer computes in few bits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from hbfp_hw.booster import FP32
from hbfp_hw.explore.study import Data, check_list
from hbfp_hw.training.job import TrainingJob
from hbfp_hw.training.settings import Settings
from hbfp_hw.training.statistics import DIFFERENCE, SHARE, describe

SCHEDULES = {4: "hbfp4", 6: "hbfp6", 8: "hbfp8"}
"""Schedules with so many bits everywhere."""

ALL = "all"
"""In place of the name of a layer."""

KEYS = ("mantissa_bits", "layer", "name")
"""What tells the results from each other."""


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """Networks trained in FP32 but for one layer, and beside them all in FP32 and none.

    Members:
        settings: Of the training, all but schedule, layer and seed.
        seeds: Networks of each kind.
        mantissa_bits: Widths of the one layer: 4, 6 or 8.

    Raises:
        TypeError: A number is of the wrong kind.
        ValueError: A number is out of range, or given twice.
    """

    name: ClassVar[str] = "sensitivity"

    settings: Settings
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    mantissa_bits: tuple[int, ...] = (4,)

    def __post_init__(self) -> None:
        check_list("Seeds", self.seeds, 0, 2**32 - 1)
        check_list("Mantissa widths", self.mantissa_bits, min(SCHEDULES), max(SCHEDULES))
        for bits in self.mantissa_bits:
            if bits not in SCHEDULES:
                raise ValueError(f"Mantissa widths must be 4, 6 or 8, not {bits!r}")

    def as_dict(self) -> Data:
        """The study as plain values."""
        plain = self.settings.as_dict()
        del plain["schedule"], plain["only_layer"], plain["seed"]
        return plain | {"seeds": self.seeds, "mantissa_bits": self.mantissa_bits}

    def jobs(
        self, data: Path | None, folder: Path | None, *, resume: bool
    ) -> list["SensitivityJob"]:
        """All trainings: FP32, and for each width each layer alone and all of them."""
        return [
            SensitivityJob(
                *(bits, layer, name),
                TrainingJob(
                    replace(self.settings, schedule=schedule, only_layer=layer, seed=seed),
                    data,
                    None if folder is None else folder / f"{schedule}-{name}-seed{seed}",
                    resume,
                ),
            )
            for bits, schedule, layer, name in self._kinds(self._layers(data))
            for seed in self.seeds
        ]

    def _layers(self, data: Path | None) -> list[str]:
        """Names of the layers of the network."""
        from hbfp_hw.torch import layer_names
        from hbfp_hw.training.datasets import load_dataset
        from hbfp_hw.training.trainer import TrainingRun

        settings = replace(self.settings, schedule="fp32")
        return layer_names(TrainingRun(settings, load_dataset(settings.dataset, data)).model)

    def _kinds(self, names: Sequence[str]) -> Iterator[tuple[int, str, int | None, str]]:
        yield FP32, "fp32", None, ALL
        for bits in self.mantissa_bits:
            for layer, name in enumerate(names):
                yield bits, SCHEDULES[bits], layer, name
            yield bits, SCHEDULES[bits], None, ALL

    def summarise(self, results: Sequence[list[Data]]) -> Data:
        """What is found of each kind of network in ``results``.

        That is the ``accuracy`` with every seed, its ``mean`` and 95 % ``interval``, and those of
        the ``difference`` to FP32 seed by seed. ``layer`` is None if all layers are meant, and
        ``mantissa_bits`` is 0 for FP32.
        """
        rows: dict[tuple[int, int | None], Data] = {}
        for (point,) in results:
            key = point["mantissa_bits"], point["layer"]
            row = rows.setdefault(
                key, {name: point[name] for name in KEYS} | {"seeds": [], "accuracy": []}
            )
            row["seeds"].append(point["seed"])
            row["accuracy"].append(point["accuracy"])
        fp32 = rows[FP32, None]["accuracy"]
        for row in rows.values():
            row |= describe(row["accuracy"], SHARE)
            pairs = zip(row["accuracy"], fp32, strict=True)
            row["difference"] = describe([own - other for own, other in pairs], DIFFERENCE)
        return {"study": self.name, "settings": self.as_dict(), "results": list(rows.values())}


@dataclass(frozen=True)
class SensitivityJob:
    """Train a network.

    Members:
        mantissa_bits, layer, name: What computes in so many bits: number and name of the layer.
        job: The training.
    """

    mantissa_bits: int
    layer: int | None
    name: str
    job: TrainingJob

    @property
    def steps(self) -> int:
        """Epochs."""
        return self.job.steps

    def run(self, progress: Callable[[], None]) -> list[Data]:
        """One point: the accuracy after the last epoch."""
        last = self.job.run(progress)[-1]
        own = {name: getattr(self, name) for name in KEYS}
        return [{"seed": self.job.settings.seed, **own, "accuracy": last["accuracy"]}]
