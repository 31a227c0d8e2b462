"""Hybrid block floating point in hardware: golden model, RTL generation and simulation.

The number format and the golden model are here; hardware is in :mod:`hbfp_hw.rtl`, its Verilog in
:mod:`hbfp_hw.generation.verilog`, simulators in :mod:`hbfp_hw.simulate`.
"""

from importlib.metadata import PackageNotFoundError, version

from hbfp_hw.format import Block, HBFPFormat, Rounding
from hbfp_hw.golden import Blocks, DotProduct, accumulate, convert, dot, gemm, multiply

try:
    __version__ = version("hbfp_hw")
except PackageNotFoundError:  # run from a checkout that is not installed
    __version__ = "0"

__all__ = [
    "Block",
    "Blocks",
    "DotProduct",
    "HBFPFormat",
    "Rounding",
    "__version__",
    "accumulate",
    "convert",
    "dot",
    "gemm",
    "multiply",
]
