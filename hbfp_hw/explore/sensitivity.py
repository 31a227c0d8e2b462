"""Study of the sensitivity of layers: accuracy with only one layer in few bits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, NamedTuple, cast

from hbfp_hw.booster import FP32
from hbfp_hw.explore.records import (
    SensitivityPoint,
    SensitivityRow,
    SensitivitySettings,
    SensitivitySummary,
)
from hbfp_hw.explore.study import check_list
from hbfp_hw.training.job import TrainingJob
from hbfp_hw.training.settings import Settings
from hbfp_hw.training.statistics import DIFFERENCE, SHARE, describe

SCHEDULES = {4: "hbfp4", 6: "hbfp6", 8: "hbfp8"}
"""Schedules by the mantissa width that they have in all layers and epochs."""

ALL = "all"
"""Name in place of a layer's for a network whose layers all compute in few bits."""


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """Networks in which one layer computes in HBFP and all others in FP32.

    For comparison, networks are also trained with all layers in FP32 and with all in HBFP.

    Members:
        settings: Settings of the training; schedule, only layer and seed are replaced.
        seeds: Seeds of the networks of each kind.
        mantissa_bits: Mantissa widths in HBFP: 4, 6 or 8.

    Raises:
        TypeError: A number has the wrong type.
        ValueError: A number is out of range, or occurs twice.
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

    def as_dict(self) -> dict[str, object]:
        """Return the settings of the study as plain values."""
        plain = self.settings.as_dict()
        del plain["schedule"], plain["only_layer"], plain["seed"]
        return plain | {"seeds": self.seeds, "mantissa_bits": self.mantissa_bits}

    def jobs(
        self, data: Path | None, folder: Path | None, *, resume: bool
    ) -> list["SensitivityJob"]:
        """Return the jobs: FP32, then for each width each layer alone and all layers together."""
        return [
            SensitivityJob(
                kind,
                TrainingJob(
                    replace(
                        self.settings, schedule=kind.schedule, only_layer=kind.layer, seed=seed
                    ),
                    data,
                    None if folder is None else folder / f"{kind.schedule}-{kind.name}-seed{seed}",
                    resume,
                ),
            )
            for kind in self._kinds(self._layers(data))
            for seed in self.seeds
        ]

    def _layers(self, data: Path | None) -> list[str]:
        """Return the names of the network's layers."""
        from hbfp_hw.torch import layer_names
        from hbfp_hw.training.datasets import load_dataset
        from hbfp_hw.training.trainer import TrainingRun

        settings = replace(self.settings, schedule="fp32")
        return layer_names(TrainingRun(settings, load_dataset(settings.dataset, data)).model)

    def _kinds(self, names: Sequence[str]) -> Iterator["Kind"]:
        yield Kind(FP32, "fp32", None, ALL)
        for bits in self.mantissa_bits:
            for layer, name in enumerate(names):
                yield Kind(bits, SCHEDULES[bits], layer, name)
            yield Kind(bits, SCHEDULES[bits], None, ALL)

    def summarise(self, results: Sequence[list[SensitivityPoint]]) -> SensitivitySummary:
        """Return the accuracy of each kind of network, and its difference from FP32."""
        kinds: dict[tuple[int, int | None], list[SensitivityPoint]] = {}
        for (point,) in results:
            kinds.setdefault((point["mantissa_bits"], point["layer"]), []).append(point)
        fp32 = [point["accuracy"] for point in kinds[FP32, None]]
        rows: list[SensitivityRow] = []
        for (bits, layer), points in kinds.items():
            accuracy = [point["accuracy"] for point in points]
            differences = [own - other for own, other in zip(accuracy, fp32, strict=True)]
            rows.append(
                {
                    "mantissa_bits": bits,
                    "layer": layer,
                    "name": points[0]["name"],
                    "seeds": [point["seed"] for point in points],
                    "accuracy": accuracy,
                    **describe(accuracy, SHARE),
                    "difference": describe(differences, DIFFERENCE),
                }
            )
        settings = cast(SensitivitySettings, self.as_dict())
        return {"study": "sensitivity", "settings": settings, "results": rows}


class Kind(NamedTuple):
    """A kind of network in the study.

    Members:
        mantissa_bits: Mantissa width of the layers in HBFP; 0 for FP32.
        schedule: Schedule of these layers.
        layer, name: Number and name of the only layer in HBFP; None and :data:`ALL` for all.
    """

    mantissa_bits: int
    schedule: str
    layer: int | None
    name: str


@dataclass(frozen=True)
class SensitivityJob:
    """A job that trains one network of the study.

    Members:
        kind: Kind of the network.
        job: The training run.
    """

    kind: Kind
    job: TrainingJob

    @property
    def steps(self) -> int:
        """Number of epochs."""
        return self.job.steps

    def run(self, progress: Callable[[], None]) -> list[SensitivityPoint]:
        """Return one point: the accuracy after the last epoch."""
        last = self.job.run(progress)[-1]
        return [
            {
                "seed": self.job.settings.seed,
                "mantissa_bits": self.kind.mantissa_bits,
                "layer": self.kind.layer,
                "name": self.kind.name,
                "accuracy": last["accuracy"],
            }
        ]
