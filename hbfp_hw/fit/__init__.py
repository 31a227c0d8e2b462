"""Designs in FPGAs, placed and routed: resources and clock."""

from hbfp_hw.fit.nextpnr import DoesNotFit
from hbfp_hw.fit.place import fit
from hbfp_hw.fit.result import FitResult

__all__ = ["DoesNotFit", "FitResult", "fit"]
