"""Baselines: multiply-add units in other number formats, to compare HBFP with.

They handle every special case that the HBFP units handle, and are built for the least area; those
with several register stages are built for a clock.
"""

from hbfp_hw.rtl.baseline.bf16_mac import BF16MAC
from hbfp_hw.rtl.baseline.fp32_mac import FP32MAC
from hbfp_hw.rtl.baseline.int8_mac import INT8MAC

__all__ = ["BF16MAC", "FP32MAC", "INT8MAC"]
