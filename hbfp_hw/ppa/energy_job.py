"""Measurement of the energy of one netlist with the operands of a product."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from hbfp_hw.helpers.result_cache import Record, cached_result
from hbfp_hw.ppa.activity import simulate
from hbfp_hw.ppa.energy import Energy, energy_of
from hbfp_hw.ppa.liberty import read_liberty
from hbfp_hw.ppa.loads import net_loads
from hbfp_hw.ppa.netlist_job import NetlistJob
from hbfp_hw.ppa.result import EnergyPerMac
from hbfp_hw.ppa.stimulus import Stimulus
from hbfp_hw.ppa.timing import analyse


class EnergyFigures(TypedDict):
    """Energy of one netlist in pJ per multiply-accumulate.

    Members:
        parts: Energy with glitches, by the members of :class:`.EnergyPerMac`.
        zero_delay: Energy without delays.
        seconds: Seconds that the measurement took.
    """

    parts: dict[str, float]
    zero_delay: float
    seconds: float


@dataclass(frozen=True)
class EnergyJob:
    """Measurement of the energy of a netlist.

    Members:
        netlist: The measurement of the netlist.
        wires: Capacitance of each net's wire in pF, by the number of the net.
        stimulus: Operands of a product.
        cached: Whether an earlier result may be used.
    """

    netlist: NetlistJob
    wires: Mapping[str, float]
    stimulus: Stimulus
    cached: bool

    @property
    def steps(self) -> int:
        """Steps that :meth:`run` announces."""
        return 1

    def run(self, progress: Callable[[], None]) -> tuple[Record, bool]:
        """Return the figures, see :class:`EnergyFigures`, and whether they were cached."""
        operands = [
            hashlib.sha256(bits.tobytes()).hexdigest()
            for _, bits in sorted(self.stimulus.inputs.items())
        ]
        key = (*self.netlist.key, operands, self.stimulus.macs)
        found = cached_result(
            f"{self.netlist.wrapped.name}-energy", key, self._measure, cached=self.cached
        )
        progress()
        return found

    def _measure(self, folder: Path, log: Path) -> Record:
        started = time.monotonic()
        library = read_liberty(self.netlist.liberty)
        netlist = self.netlist.map(library).netlist
        loads = net_loads(netlist, wires={int(net): wire for net, wire in self.wires.items()})
        timing = analyse(netlist, loads)
        energies = []
        for delays in (timing.delays, None):
            activity = simulate(
                netlist, self.stimulus.inputs, delays, skip=self.netlist.wrapped.latency
            )
            energies.append(energy_of(netlist, library, loads, timing, activity))
        glitches, without = energies
        figures: EnergyFigures = {
            "parts": per_mac(glitches, self.stimulus.macs),
            "zero_delay": without.total / self.stimulus.macs,
            "seconds": round(time.monotonic() - started, 3),
        }
        return {**figures}


def per_mac(energy: Energy, macs: float) -> dict[str, float]:
    """Return the parts of an energy per cycle, divided by the multiply-accumulates per cycle."""
    return {
        "internal": energy.internal / macs,
        "switching": energy.switching / macs,
        "clock": energy.clock / macs,
        "inputs": energy.inputs / macs,
    }


def to_energy(parts: Mapping[str, float]) -> EnergyPerMac:
    """Return the energy that a record has."""
    return EnergyPerMac(
        internal=parts["internal"],
        switching=parts["switching"],
        clock=parts["clock"],
        inputs=parts["inputs"],
    )
