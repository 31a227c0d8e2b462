"""The cycle-level model of the GEMM engine: its bits, and its cycles to the last one."""

from hbfp_hw.cycles.dot_engine import dot_engine_cycles
from hbfp_hw.cycles.model import simulate_timing
from hbfp_hw.cycles.report import Report
from hbfp_hw.cycles.simulate import simulate

__all__ = ["Report", "dot_engine_cycles", "simulate", "simulate_timing"]
