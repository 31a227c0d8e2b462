"""Co-simulation: millions of random vectors through compiled Verilog and the golden model."""

from hbfp_hw.cosim.difference import Difference
from hbfp_hw.cosim.run import CosimResult, cosim, cosim_each

__all__ = ["CosimResult", "Difference", "cosim", "cosim_each"]
