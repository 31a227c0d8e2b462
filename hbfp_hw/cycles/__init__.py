"""Cycle model of the GEMM engine: the bits and the exact cycles of its RTL."""

from hbfp_hw.cycles.dot_engine import dot_engine_cycles
from hbfp_hw.cycles.model import simulate_timing
from hbfp_hw.cycles.options import TimingOptions
from hbfp_hw.cycles.report import Report
from hbfp_hw.cycles.simulate import simulate

__all__ = ["Report", "TimingOptions", "dot_engine_cycles", "simulate", "simulate_timing"]
