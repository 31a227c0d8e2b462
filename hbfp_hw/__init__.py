"""Hybrid block floating point in hardware: golden model, RTL generation and simulation."""

from importlib.metadata import PackageNotFoundError, version

from hbfp_hw.format import Block, HBFPFormat, Rounding

try:
    __version__ = version("hbfp_hw")
except PackageNotFoundError:  # run from a checkout that is not installed
    __version__ = "0"

__all__ = ["Block", "HBFPFormat", "Rounding", "__version__"]
