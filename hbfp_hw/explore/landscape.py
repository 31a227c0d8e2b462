"""Study of loss landscapes: the loss around trained networks, each in its own arithmetic."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from hbfp_hw.booster import PRESETS
from hbfp_hw.explore.points import Point, PointFile
from hbfp_hw.explore.study import POINTS, Data, check_list
from hbfp_hw.format import check_integer
from hbfp_hw.training.job import TrainingJob
from hbfp_hw.training.settings import MOST_BATCH, Settings
from hbfp_hw.training.statistics import ANY, LOSS, SHARE, describe

if TYPE_CHECKING:
    from hbfp_hw.training.trainer import TrainingRun

MOST_POINTS = 1001


class Place(NamedTuple):
    """Where the loss is computed.

    Members:
        shape: ``centre``, ``line`` or ``plane``.
        direction: Number of the line's direction; the plane is along 0 and 1.
        x, y: Steps along the first and the second direction, in units of their length.
    """

    shape: str
    direction: int = 0
    x: float = 0.0
    y: float = 0.0

    @property
    def steps(self) -> dict[int, float]:
        """The steps by the number of their direction."""
        return {0: self.x, 1: self.y} if self.shape == "plane" else {self.direction: self.x}


NAMES = ("schedule", "seed", *Place._fields, "loss", "accuracy")
"""What a point has."""


RANGES = {"loss": LOSS, "accuracy": SHARE}
"""Possible values of the figures of a network; a rise has any."""


@dataclass(frozen=True, kw_only=True)
class Landscape:
    """Loss along random directions, on lines and on a plane, around networks of several schedules.

    A direction has for each filter (each output of a layer) a random vector with the length of the
    filter's own (Li et al. 2018, arXiv 1712.09913); bias and normalisation stay. Networks of one
    seed get the same random vectors. The loss is that of evaluation, in the formats of the last
    epoch.

    Members:
        settings: Of the training, all but schedule and seed.
        schedules: One network for each.
        seeds: Networks of each schedule.
        directions: Lines; the first two also span the plane.
        points: Points of a line.
        grid: Points of each side of the plane; 0 for none.
        reach: How far lines and plane go to each side: 1 is the length of the filters.
        samples: Of those to train with, the first so many are evaluated.

    Raises:
        TypeError: A number is of the wrong kind.
        ValueError: A number is out of range, or something given twice.
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

    def as_dict(self) -> Data:
        """The study as plain values."""
        plain = self.settings.as_dict()
        del plain["schedule"], plain["seed"]
        own = ("schedules", "seeds", "directions", "points", "grid", "reach", "samples")
        return plain | {name: getattr(self, name) for name in own}

    def places(self) -> list[Place]:
        """Where the loss is computed: the network itself, all lines, and the plane row by row."""
        line = _ticks(self.reach, self.points)
        plane = _ticks(self.reach, self.grid) if self.grid else []
        return [
            Place("centre"),
            *(Place("line", number, x) for number in range(self.directions) for x in line),
            *(Place("plane", 0, x, y) for y in plane for x in plane),
        ]

    def jobs(self, data: Path | None, folder: Path | None, *, resume: bool) -> list["LandscapeJob"]:
        """A network for each schedule and seed."""
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

    def summarise(self, results: Sequence[list[Data]]) -> Data:
        """What is found of each schedule in ``results``, and all points in ``points``.

        That is loss and accuracy of the network, and how far the loss rises half the reach and the
        whole reach away from it, mean of all directions. Each has its values for all seeds, their
        mean and the interval of it; what is not finite is None.
        """
        rows = [
            {"schedule": schedule, "seeds": list(self.seeds)}
            | _of_seeds([_figures(points, self.reach) for points in networks])
            for schedule, networks in (
                (name, [part for part in results if part[0]["schedule"] == name])
                for name in self.schedules
            )
        ]
        return {
            "study": self.name,
            "settings": self.as_dict(),
            "results": rows,
            "points": [point for points in results for point in points],
        }


@dataclass(frozen=True)
class LandscapeJob:
    """Train a network, and compute the loss around it.

    Members:
        study: Where.
        job: The training.
    """

    study: Landscape
    job: TrainingJob

    @property
    def steps(self) -> int:
        """Epochs and places."""
        return self.job.steps + len(self.study.places())

    def run(self, progress: Callable[[], None]) -> list[Point]:
        """All points of this network."""
        path = None if self.job.folder is None else self.job.folder / POINTS
        points = PointFile(path, NAMES, resume=self.job.resume)
        self.job.run(progress, lambda run: self._survey(run, points, progress))
        return points.all()

    def _survey(self, run: "TrainingRun", points: PointFile, progress: Callable[[], None]) -> None:
        if run.epoch < self.job.settings.epochs:
            return
        from hbfp_hw.explore.perturbation import Perturbation

        settings, study = self.job.settings, self.study
        around = Perturbation(
            *(run.model, run.dataset, settings.seed),
            directions=study.directions,
            samples=study.samples,
        )
        for place in study.places():
            of = {"schedule": settings.schedule, "seed": settings.seed, **place._asdict()}
            if not points.has(of):
                points.add(of, around.evaluate(place.steps))
            progress()


def _ticks(reach: float, count: int) -> list[float]:
    return np.linspace(-reach, reach, count).tolist()


def _figures(points: Sequence[Point], reach: float) -> dict[str, float | None]:
    """What is said of one network."""
    (centre,) = (point for point in points if point["shape"] == "centre")

    def rise(distance: float) -> float | None:
        losses = [
            point["loss"]
            for point in points
            if point["shape"] == "line" and abs(abs(point["x"]) - distance) < reach / 1e6
        ]
        if centre["loss"] is None or None in losses:
            return None
        return float(np.mean(losses) - centre["loss"])

    return {
        "loss": centre["loss"],
        "accuracy": centre["accuracy"],
        "rise_half": rise(reach / 2),
        "rise_whole": rise(reach),
    }


def _of_seeds(networks: Sequence[dict[str, float | None]]) -> dict[str, Any]:
    """Mean and interval of every figure, and its value for each seed."""
    found: dict[str, Any] = {}
    for name in networks[0]:
        values = [network[name] for network in networks]
        known = [value for value in values if value is not None]
        described: dict[str, Any] = {"mean": None, "interval": None}
        if len(known) == len(values):
            described = describe(known, RANGES.get(name, ANY))
        found[name] = described | {"of_seeds": values}
    return found
