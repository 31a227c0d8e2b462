"""Accuracy Boosters: training in mixed mantissa widths by a schedule."""

from hbfp_hw.booster.mode import Mode
from hbfp_hw.booster.presets import FP32, PRESETS, preset_table
from hbfp_hw.booster.roles import Pass, Role
from hbfp_hw.booster.schedule import BoosterSchedule

__all__ = ["FP32", "PRESETS", "BoosterSchedule", "Mode", "Pass", "Role", "preset_table"]
