"""Multiply-add units in the number formats that HBFP is compared with.

As complete as the HBFP units, and made for the least area.
"""

from hbfp_hw.rtl.baseline.bf16_mac import BF16MAC
from hbfp_hw.rtl.baseline.fp32_mac import FP32MAC
from hbfp_hw.rtl.baseline.int8_mac import INT8MAC

__all__ = ["BF16MAC", "FP32MAC", "INT8MAC"]
