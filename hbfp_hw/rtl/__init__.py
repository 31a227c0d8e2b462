"""The hardware, described in Amaranth.

The modules follow the data path: convert, dot, fp32, accumulate, dot_engine.
"""

from hbfp_hw.rtl.accumulate import Accumulate
from hbfp_hw.rtl.convert import Convert
from hbfp_hw.rtl.dot import Dot
from hbfp_hw.rtl.dot_engine import DotEngine
from hbfp_hw.rtl.fp32 import FP32
from hbfp_hw.rtl.unit import Unit

__all__ = ["FP32", "Accumulate", "Convert", "Dot", "DotEngine", "Unit"]
