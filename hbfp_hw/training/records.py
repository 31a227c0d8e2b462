"""Records of a training run and of a comparison of schedules, as they stand in JSON."""

from typing import NotRequired, TypedDict

Widths = list[int | list[int]]
"""Mantissa width of each layer; three of them where input, weight and gradient differ."""


class EpochPlan(TypedDict):
    """The part of an epoch's record that the settings decide."""

    epoch: int
    learning_rate: float
    mantissa_bits: Widths


class EpochRecord(TypedDict):
    """One trained epoch.

    Members:
        epoch: Number of the epoch, from 0.
        loss: Mean loss over the training samples.
        accuracy: Share of the test samples that are classified correctly, after the epoch.
        learning_rate: Learning rate of the epoch.
        mantissa_bits: Mantissa widths by layer.
        seconds: Time for training and test.
    """

    epoch: int
    loss: float
    accuracy: float
    learning_rate: float
    mantissa_bits: Widths
    seconds: float


class MeanInterval(TypedDict):
    """Mean over seeds and its 95 % confidence interval; None for a single seed."""

    mean: float
    interval: tuple[float, float] | None


class ScheduleRow(MeanInterval):
    """Results of one schedule; accuracies are shares of the test samples.

    Members:
        schedule: Name of the schedule.
        seeds: Seeds of the runs.
        accuracy: Accuracy after the last epoch, by seed.
        curve: Accuracy by epoch, mean over seeds.
        difference: Mean and interval of the differences to ``fp32``, taken seed by seed; None for
            ``fp32`` itself, and if it is not among the schedules.
    """

    schedule: str
    seeds: list[int]
    accuracy: list[float]
    curve: list[float]
    difference: MeanInterval | None


class Comparison(TypedDict):
    """Schedules compared on one network, data set and set of seeds.

    Members:
        settings: Settings that all runs share.
        results: One row for each schedule.
        claims: Claims of the accuracy study, and whether each holds.
    """

    settings: dict[str, object]
    results: list[ScheduleRow]
    claims: NotRequired[dict[str, bool]]
