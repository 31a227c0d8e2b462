"""Generated designs in real simulators: Verilator (compiled) and Icarus (under cocotb)."""

from hbfp_hw.simulate.process import SimulationError
from hbfp_hw.simulate.regression import TestResult, run_tests
from hbfp_hw.simulate.replay import Replay, replay
from hbfp_hw.simulate.toolchain import SimulatorMissing, versions

__all__ = [
    "Replay",
    "SimulationError",
    "SimulatorMissing",
    "TestResult",
    "replay",
    "run_tests",
    "versions",
]
