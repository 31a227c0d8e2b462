"""Designs in FPGAs, placed and routed: resources and clock."""

from hbfp_hw.place_and_route.nextpnr import DoesNotFit
from hbfp_hw.place_and_route.place import fit
from hbfp_hw.place_and_route.result import FitResult

__all__ = ["DoesNotFit", "FitResult", "fit"]
