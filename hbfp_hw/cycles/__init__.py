"""The cycle-level model of the GEMM engine: its bits, and its cycles to the last one."""

from hbfp_hw.cycles.model import Report, simulate_timing
from hbfp_hw.cycles.simulate import simulate

__all__ = ["Report", "simulate", "simulate_timing"]
