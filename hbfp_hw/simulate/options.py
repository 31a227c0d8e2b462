"""Options of a simulation, shared by all functions that run a design in a simulator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIMULATORS = ("verilator", "icarus")
"""Simulators that run a design: Verilator compiles it, Icarus runs it under cocotb."""


def check_simulator(simulator: str) -> None:
    """Raise ``ValueError`` unless this is the name of a simulator."""
    if simulator not in SIMULATORS:
        choices = " or ".join(repr(name) for name in SIMULATORS)
        raise ValueError(f"Simulator must be {choices}, not {simulator!r}")


@dataclass(frozen=True)
class RunOptions:
    """Options of one simulation.

    None of them changes a bit of the outputs; only stalls change the cycles.

    Parameters:
        simulator: "verilator" or "icarus".
        stalls: Stall pattern of each stream that stalls: a bool array, repeated from the start of
            the run. In cycle t with ``stalls[name][t % len]`` true, a source offers no new item and
            a sink deasserts ``ready``.
        timeout: Time limit of the simulation in seconds, without the build.
        progress: Called about twice a second with the output transfers so far and in all.
        waves: File to write waves to: .fst, or on Verilator also .vcd.

    Raises:
        ValueError: The simulator is unknown, or it cannot write waves of this kind.
    """

    simulator: str = "verilator"
    stalls: Mapping[str, NDArray[np.bool_]] | None = None
    timeout: float = 3600.0
    progress: Callable[[int, int], None] | None = None
    waves: Path | None = None

    def __post_init__(self) -> None:
        check_simulator(self.simulator)
        kinds = (".fst", ".vcd") if self.simulator == "verilator" else (".fst",)
        if self.waves is not None and self.waves.suffix not in kinds:
            raise ValueError(f"Waves must be a {' or '.join(kinds)} file, not {str(self.waves)!r}")
