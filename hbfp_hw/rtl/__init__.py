"""The hardware, described in Amaranth.

The modules follow the data path: convert, dot, normalise, fp32, accumulate, mac, dot_engine; then
cell, pe, array, gemm and the parts of the engine; core and its shell in axi.
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
