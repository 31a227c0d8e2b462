"""The hardware, described in Amaranth.

The modules in the order of the data path are convert, dot, normalise, fp32, accumulate, mac and
dot_engine; then cell, pe, array, gemm and the parts of the engine; last the core, whose bus
interfaces are in axi. The units in other number formats are in baseline.
"""

from hbfp_hw.rtl.accumulate import Accumulate
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.convert import Convert
from hbfp_hw.rtl.core import Core
from hbfp_hw.rtl.dot import Dot
from hbfp_hw.rtl.dot_engine import DotEngine
from hbfp_hw.rtl.fp32 import FP32
from hbfp_hw.rtl.gemm import GEMM
from hbfp_hw.rtl.mac import MAC
from hbfp_hw.rtl.pe import PE
from hbfp_hw.rtl.unit import Unit

__all__ = [
    "FP32",
    "GEMM",
    "MAC",
    "PE",
    "Accumulate",
    "Array",
    "Convert",
    "Core",
    "Dot",
    "DotEngine",
    "Unit",
]
