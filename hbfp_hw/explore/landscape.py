"""Study of loss landscapes: the loss around trained networks, each in its own formats."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

import numpy as np

from hbfp_hw.booster import PRESETS
from hbfp_hw.explore.points import PointFile
from hbfp_hw.explore.records import (
    LandscapePoint,
    LandscapeRow,
    LandscapeSettings,
    LandscapeSummary,
    SeedStatistics,
)
from hbfp_hw.explore.study import POINTS, check_list
from hbfp_hw.format import check_integer
from hbfp_hw.training.job import TrainingJob
from hbfp_hw.training.settings import MOST_BATCH, Settings
from hbfp_hw.training.statistics import ANY, LOSS, SHARE, Range, describe

if TYPE_CHECKING:
    from hbfp_hw.training.trainer import TrainingRun

MOST_POINTS = 1001
"""Most points of a line, or of one side of the plane."""


class Place(NamedTuple):
    """A position around a network at which the loss is computed.

    Members:
        shape: ``centre`` (the network itself), ``line`` or ``plane``.
        direction: Number of the line's direction. The plane is spanned by directions 0 and 1.
        x, y: Steps along the line, or along the plane's two directions, as multiples of the
            direction.
    """

    shape: str
    direction: int = 0
    x: float = 0.0
    y: float = 0.0

    @property
    def steps(self) -> dict[int, float]:
        """Steps by the number of the direction."""
        return {0: self.x, 1: self.y} if self.shape == "plane" else {self.direction: self.x}


NAMES = ("schedule", "seed", *Place._fields, "loss", "accuracy")
"""Names of the values of a point, in the order in which the file has them."""


@dataclass(frozen=True, kw_only=True)
class Landscape:
    """Loss along random directions, on lines and on a plane, around networks of several schedules.

    A direction has one random vector per filter (per output of a layer), scaled to the norm of
    the filter (Li et al. 2018, arXiv 1712.09913). Biases and normalisation are not moved. Networks
    with the same seed share the random vectors. The loss is computed in evaluation mode and in the
    formats of the last epoch.

    Members:
        settings: Settings of the training; schedule and seed are replaced.
        schedules: Schedules of the networks.
        seeds: Seeds of the networks of each schedule.
        directions: Number of lines. The first two directions also span the plane.
        points: Points of a line.
        grid: Points along each side of the plane; 0 for no plane.
        reach: Largest step to each side; 1 is the norm of the filters.
        samples: Number of training samples on which the loss is computed, from the first one.

    Raises:
        TypeError: A number has the wrong type.
        ValueError: A number is out of range, or a schedule or seed occurs twice.
    """

    name: ClassVar[str] = "landscape"

    settings: Settings
    schedules: tuple[str, ...] = ("fp32", "hbfp4", "booster")
    seeds: tuple[int, ...] = (0,)
    directions: int = 4
    points: int = 21
    grid: int = 15
    reach: float = 0.5
    samples: int = 1000

    def __post_init__(self) -> None:
        for name in self.schedules:
            if name not in PRESETS:
                raise ValueError(f"Schedule must be one of {', '.join(PRESETS)}, not {name!r}")
        if not self.schedules or len(set(self.schedules)) != len(self.schedules):
            raise ValueError(f"Schedules must be different ones, not {list(self.schedules)!r}")
        check_list("Seeds", self.seeds, 0, 2**32 - 1)
        check_integer("Directions", self.directions, 2, 100)
        check_integer("Points", self.points, 5, MOST_POINTS)
        if self.points % 4 != 1:
            raise ValueError(f"Points must be 5, 9, 13 and so on, not {self.points!r}")
        check_integer("Grid", self.grid, 0, MOST_POINTS)
        if self.grid and self.grid % 2 == 0:
            raise ValueError(f"Grid must be an odd number or 0, not {self.grid!r}")
        if isinstance(self.reach, bool) or not isinstance(self.reach, int | float):
            raise TypeError(f"Reach must be a number, not {self.reach!r}")
        if not 0 < self.reach <= 100:
            raise ValueError(f"Reach must be above 0 and at most 100, not {self.reach!r}")
        check_integer("Samples", self.samples, 1, MOST_BATCH)

    def as_dict(self) -> dict[str, object]:
        """Return the settings of the study as plain values."""
        plain = self.settings.as_dict()
        del plain["schedule"], plain["seed"]
        own = ("schedules", "seeds", "directions", "points", "grid", "reach", "samples")
        return plain | {name: getattr(self, name) for name in own}

    def places(self) -> list[Place]:
        """Return all positions: the network itself, every line, and the plane row by row."""
        line = _ticks(self.reach, self.points)
        plane = _ticks(self.reach, self.grid) if self.grid else []
        return [
            Place("centre"),
            *(Place("line", number, x) for number in range(self.directions) for x in line),
            *(Place("plane", 0, x, y) for y in plane for x in plane),
        ]

    def jobs(self, data: Path | None, folder: Path | None, *, resume: bool) -> list["LandscapeJob"]:
        """Return one job for each schedule and seed."""
        return [
            LandscapeJob(
                self,
                TrainingJob(
                    replace(self.settings, schedule=schedule, seed=seed),
                    data,
                    None if folder is None else folder / f"{schedule}-seed{seed}",
                    resume,
                ),
            )
            for schedule in self.schedules
            for seed in self.seeds
        ]

    def summarise(self, results: Sequence[list[LandscapePoint]]) -> LandscapeSummary:
        """Return statistics of each schedule over its seeds, and all points.

        The rises of the loss are means over all directions.
        """
        rows: list[LandscapeRow] = []
        for schedule in self.schedules:
            networks = [
                _figures(points, self.reach)
                for points in results
                if points[0]["schedule"] == schedule
            ]
            rows.append(
                {
                    "schedule": schedule,
                    "seeds": list(self.seeds),
                    "loss": _statistics([network.loss for network in networks], LOSS),
                    "accuracy": _statistics([network.accuracy for network in networks], SHARE),
                    "rise_half": _statistics([network.rise_half for network in networks], ANY),
                    "rise_whole": _statistics([network.rise_whole for network in networks], ANY),
                }
            )
        return {
            "study": "landscape",
            "settings": cast(LandscapeSettings, self.as_dict()),
            "results": rows,
            "points": [point for points in results for point in points],
        }


@dataclass(frozen=True)
class LandscapeJob:
    """A job that trains one network and computes the loss around it.

    Members:
        study: The study.
        job: The training run.
    """

    study: Landscape
    job: TrainingJob

    @property
    def steps(self) -> int:
        """Number of epochs and positions."""
        return self.job.steps + len(self.study.places())

    def run(self, progress: Callable[[], None]) -> list[LandscapePoint]:
        """Return all points of this network."""
        path = None if self.job.folder is None else self.job.folder / POINTS
        points = PointFile(path, NAMES, resume=self.job.resume)
        self.job.run(progress, lambda run: self._survey(run, points, progress))
        return cast(list[LandscapePoint], points.all())

    def _survey(self, run: "TrainingRun", points: PointFile, progress: Callable[[], None]) -> None:
        if run.epoch < self.job.settings.epochs:
            return
        from hbfp_hw.explore.perturbation import Perturbation

        settings, study = self.job.settings, self.study
        perturbation = Perturbation(
            run.model,
            run.dataset,
            settings.seed,
            directions=study.directions,
            samples=study.samples,
        )
        for place in study.places():
            key = {"schedule": settings.schedule, "seed": settings.seed, **place._asdict()}
            if not points.has(key):
                points.add(key, perturbation.evaluate(place.steps))
            progress()


def _ticks(reach: float, count: int) -> list[float]:
    return np.linspace(-reach, reach, count).tolist()


class _Network(NamedTuple):
    """Figures of one network, None where they are not finite."""

    loss: float | None
    accuracy: float | None
    rise_half: float | None
    rise_whole: float | None


def _figures(points: Sequence[LandscapePoint], reach: float) -> _Network:
    (centre,) = (point for point in points if point["shape"] == "centre")

    def rise(distance: float) -> float | None:
        """Return the mean rise of the loss at a distance, over both sides of all lines."""
        losses = [
            point["loss"]
            for point in points
            if point["shape"] == "line" and abs(abs(point["x"]) - distance) < reach / 1e6
        ]
        finite = [loss for loss in losses if loss is not None]
        if centre["loss"] is None or len(finite) < len(losses):
            return None
        return float(np.mean(finite) - centre["loss"])

    return _Network(centre["loss"], centre["accuracy"], rise(reach / 2), rise(reach))


def _statistics(values: list[float | None], possible: Range) -> SeedStatistics:
    """Return mean and interval of the values, one for each seed."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return {"mean": None, "interval": None, "of_seeds": values}
    described = describe(known, possible)
    return {"mean": described["mean"], "interval": described["interval"], "of_seeds": values}
