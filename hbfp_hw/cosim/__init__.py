"""Compiled co-simulation: generated Verilog beside the golden model, millions of vectors."""

from hbfp_hw.cosim.compare import Difference
from hbfp_hw.cosim.run import CosimResult, cosim, cosim_each

__all__ = ["CosimResult", "Difference", "cosim", "cosim_each"]
