"""Accuracy Boosters: training in mixed mantissa widths by a schedule."""

from hbfp_hw.booster.mode import Mode
from hbfp_hw.booster.presets import FP32, PRESETS, preset_table
from hbfp_hw.booster.roles import Pass, Role
from hbfp_hw.booster.schedule import BoosterSchedule
from hbfp_hw.booster.table import FormatTable, read_table

__all__ = [
    "FP32",
    "PRESETS",
    "BoosterSchedule",
    "FormatTable",
    "Mode",
    "Pass",
    "Role",
    "preset_table",
    "read_table",
]
