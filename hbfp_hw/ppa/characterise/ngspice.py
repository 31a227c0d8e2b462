"""Runs of ngspice: many transient analyses of one circuit in one process."""

import re
import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hbfp_hw.helpers.processes import ToolError, exit_status
from hbfp_hw.ppa.characterise.conditions import TEMPERATURE, VOLTAGE

Measured = Mapping[str, float]
"""Results of the measurements of one analysis by name, in s, V, A or C."""

MEASUREMENT = re.compile(r"^(\w+)\s*=\s*([-+]?[\d.]+(?:e[-+]?\d+)?)", re.IGNORECASE)
NEXT = "@next"
"""Line of the output that precedes the measurements of one analysis."""

LIMIT = 1800.0
"""Seconds that one process may take."""

STEPS = 150
"""Fewest time steps of one settling time. ngspice takes shorter ones where voltages change."""

OPTIONS = "method=gear chgtol=1e-16 gmin=1e-15"
"""Simulator options. The usual least conductance, 1e-12, would carry more than these cells leak."""


@dataclass(frozen=True)
class Ngspice:
    """An installed ngspice.

    Members:
        path: The program.
        version: Its version, such as "39".
    """

    path: Path
    version: str


def find_ngspice() -> Ngspice:
    """Find ``ngspice`` on PATH.

    Raises:
        ToolError: It is not installed.
    """
    path = shutil.which("ngspice")
    if path is None:
        raise ToolError("ngspice is not on PATH: run `apt-get install ngspice` (or your system's)")
    printed = subprocess.run(
        [path, "--version"], capture_output=True, text=True, timeout=60, check=False
    ).stdout
    match = re.search(r"ngspice-([\w.+]+)", printed)
    return Ngspice(Path(path), match[1] if match else "of unknown version")


@dataclass
class Analysis:
    """A transient analysis.

    Members:
        waves: Voltage of each input over time, by pin: times in ns and parts of the supply voltage.
        loads: Capacitance of each output in pF, by pin.
        end: Length in ns.
        step: Longest time step in ns.
        leakage: Whether currents of leakage must be exact: those of edges then fail to converge.
        measurements: Arguments of ngspice's ``meas tran``, by a name for the result. ngspice turns
            names to lower case.
    """

    waves: Mapping[str, Sequence[tuple[float, float]]]
    loads: Mapping[str, float]
    end: float
    step: float
    leakage: bool = False
    measurements: dict[str, str] = field(default_factory=dict)

    def add_delay(self, name: str, start: tuple[str, str], stop: tuple[str, str]) -> None:
        """Measure the time between the first crossing of one level and the last one of another.

        Parameters:
            name: Name of the result.
            start, stop: Pin, and the level and direction such as ``val=0.9 rise=1``.
        """
        trigger, target = (f"v({pin}) {crossing}" for pin, crossing in (start, stop))
        self.measurements[name.lower()] = f"trig {trigger} targ {target}"

    def add_charge(self, name: str, source: str, begin: float, end: float) -> None:
        """Measure the charge in C that flows into the positive end of a voltage source.

        Parameters:
            name: Name of the result.
            source: Name of the source.
            begin, end: Times in ns.
        """
        self.measurements[name.lower()] = f"integ i({source}) from={begin:.6g}n to={end:.6g}n"

    def add_value(self, name: str, vector: str, time: float) -> None:
        """Measure a voltage or a current at a time in ns."""
        self.measurements[name.lower()] = f"find {vector} at={time:.6g}n"

    def lines(self) -> list[str]:
        """Return the commands for ngspice."""
        changes = [
            f"alter @v{pin}[pwl] = [ {' '.join(f'{t:.6g}n {VOLTAGE * v:.6g}' for t, v in wave)} ]"
            for pin, wave in self.waves.items()
        ]
        changes += [f"alter c{pin} = {load:.6g}p" for pin, load in self.loads.items()]
        return [
            *changes,
            f"option {'reltol=1e-7 abstol=1e-15' if self.leakage else 'reltol=1e-4 abstol=1e-12'}",
            f"tran {self.step / 5:.6g}n {self.end:.6g}n 0 {self.step:.6g}n",
            f"echo {NEXT}",
            *(f"meas tran {name} {what}" for name, what in self.measurements.items()),
            "destroy all",
        ]


@dataclass(frozen=True)
class Bench:
    """A cell with sources at its inputs and capacitors at its outputs.

    Members:
        title: Name of the cell.
        elements: Lines of the deck for transistors and wires.
        inputs, outputs: Signal pins.
        models: File with the transistor models.
    """

    title: str
    elements: Sequence[str]
    inputs: Sequence[str]
    outputs: Sequence[str]
    models: Path

    def deck(self, analyses: Sequence[Analysis]) -> str:
        """Return the deck that runs analyses one after the other."""
        saved = [*(f"v({pin})" for pin in (*self.inputs, *self.outputs)), "i(vdd)"]
        saved += [f"i(v{pin})" for pin in self.inputs]
        return "\n".join(
            [
                f"* {self.title}",
                f".include {self.models.name}",
                f".temp {TEMPERATURE}",
                f".option {OPTIONS}",
                *self.elements,
                f"vdd vdd 0 {VOLTAGE}",
                *(f"v{pin} {pin} 0 pwl(0 0 1 0)" for pin in self.inputs),
                *(f"c{pin} {pin} 0 1f" for pin in self.outputs),
                ".control",
                # For circuits this small, threads only wait for each other.
                "set num_threads=1",
                f"save {' '.join(saved)}",
                *(line for analysis in analyses for line in analysis.lines()),
                "quit 0",
                ".endc",
                ".end",
                "",
            ]
        )

    def run(
        self,
        ngspice: Ngspice,
        analyses: Sequence[Analysis],
        name: str,
        *,
        optional: Collection[str] = (),
    ) -> list[Measured]:
        """Run analyses and return the measurements of each.

        Parameters:
            ngspice: The program.
            analyses: The analyses.
            name: End of the names of the files for this run, which lie beside the models.
            optional: Measurements that may have no result, as an output may never change.

        Raises:
            ToolError: ngspice fails, or a measurement has no result.
        """
        if not analyses:
            return []
        folder = self.models.parent
        begin = f"{self.title}.{name}"
        deck, log, output = (folder / f"{begin}.{end}" for end in ("sp", "log", "txt"))
        deck.write_text(self.deck(analyses))
        status = exit_status(
            [ngspice.path, "-n", "-b", deck.name],
            cwd=folder,
            log=log,
            output=output,
            timeout=LIMIT,
        )
        blocks = output.read_text(errors="replace").split(NEXT)[1:]
        results: list[Measured] = [
            {
                match[1]: float(match[2])
                for line in block.splitlines()
                if (match := MEASUREMENT.match(line))
            }
            for block in blocks
        ]
        wanted = [set(analysis.measurements) - set(optional) for analysis in analyses]
        complete = len(results) == len(wanted) and all(
            want <= result.keys() for want, result in zip(wanted, results, strict=True)
        )
        if status != 0 or not complete:
            raise ToolError(f"ngspice failed to measure {self.title}", log=output)
        return results
