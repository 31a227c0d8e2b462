"""Parameters and state of a booster schedule as typed records."""

from dataclasses import dataclass
from typing import TypedDict

from hbfp_hw.format import Rounding


class ScheduleOptions(TypedDict, total=False):
    """Keyword parameters of :class:`~hbfp_hw.booster.BoosterSchedule`."""

    block_size: int
    exponent_bits: int
    rounding: Rounding
    seed: int
    rank: int


class ScheduleState(TypedDict):
    """Everything in a schedule that changes during training.

    Members:
        epoch: Current epoch.
        calls: Number of forward products so far, by layer.
    """

    epoch: int
    calls: list[int]


@dataclass
class CurrentWidths:
    """Mantissa widths of one layer in the current epoch, updated in place by the schedule.

    Members:
        converts: Whether the layer computes in HBFP; otherwise it computes in FP32.
        widths: Mantissa widths of input, weight and gradient.
    """

    converts: bool
    widths: tuple[int, int, int]
