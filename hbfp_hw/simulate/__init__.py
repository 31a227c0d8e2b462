"""Simulation of generated designs by Verilator (compiled) and Icarus (under cocotb)."""

from hbfp_hw.helpers.processes import ToolError
from hbfp_hw.simulate.array_gemm import gemm_on_array
from hbfp_hw.simulate.dot_engine_gemm import gemm_on_dot_engine
from hbfp_hw.simulate.options import SIMULATORS, RunOptions
from hbfp_hw.simulate.regression import TestResult, run_tests
from hbfp_hw.simulate.replay import Replay, replay
from hbfp_hw.simulate.replay_files import Looped, Repeated
from hbfp_hw.simulate.toolchain import SimulatorMissing, versions

__all__ = [
    "SIMULATORS",
    "Looped",
    "Repeated",
    "Replay",
    "RunOptions",
    "SimulatorMissing",
    "TestResult",
    "ToolError",
    "gemm_on_array",
    "gemm_on_dot_engine",
    "replay",
    "run_tests",
    "versions",
]
