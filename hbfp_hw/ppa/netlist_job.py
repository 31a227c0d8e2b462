"""Measurement of one netlist: mapping, placement, timing, and comparison with expected results."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from hbfp_hw.area.yosys import yosys_version
from hbfp_hw.helpers.package_hash import package_hash
from hbfp_hw.helpers.processes import ToolError
from hbfp_hw.helpers.result_cache import Record, cached_result
from hbfp_hw.ppa.check import check_netlist
from hbfp_hw.ppa.efforts import effort_of
from hbfp_hw.ppa.liberty import CellLibrary, read_liberty
from hbfp_hw.ppa.loads import net_loads
from hbfp_hw.ppa.mapping import Mapped, map_unit
from hbfp_hw.ppa.placement import place
from hbfp_hw.ppa.placer import PlacerRun, placer_version
from hbfp_hw.ppa.proof import Verdict, prove_mapping
from hbfp_hw.ppa.stimulus import Stimulus
from hbfp_hw.ppa.timing import analyse
from hbfp_hw.ppa.wrapper import Wrapped

RESULT = "o__payload"
"""Output port whose values are compared."""


class NetlistFigures(TypedDict):
    """Figures of one netlist.

    Members:
        area, leakage: Area in µm² and leakage power in nW.
        period: Smallest clock period in ns.
        wires: Capacitance of each net's wire in pF, by the number of the net; empty without wires.
        vectors, wrong: Results that were compared, and those that differ.
        json, verilog: Files of the netlist.
        seconds: Seconds that the measurement took.
    """

    area: float
    leakage: float
    period: float
    wires: dict[str, float]
    vectors: int
    wrong: int
    json: str
    verilog: str
    seconds: float


@dataclass(frozen=True)
class NetlistJob:
    """Measurement of a wrapped unit at one effort.

    Members:
        wrapped: The unit between fixed registers.
        effort: Name of the effort.
        liberty: Liberty file.
        library_sha256: SHA-256 of that file.
        with_wires: Whether to place the cells.
        vectors: Operands and expected results; None for a unit that is proven instead.
        cached: Whether an earlier result may be used.
        timeout: Seconds allowed for each step.
    """

    wrapped: Wrapped
    effort: str
    liberty: Path
    library_sha256: str
    with_wires: bool
    vectors: Stimulus | None
    cached: bool
    timeout: float

    @property
    def steps(self) -> int:
        """Steps that :meth:`run` announces."""
        return 1

    @property
    def key(self) -> tuple[object, ...]:
        """Everything that decides the figures. The seed of the vectors is a constant."""
        return (
            self.wrapped.path,
            self.wrapped.shell,
            self.wrapped.ranks,
            self.effort,
            self.library_sha256,
            self.with_wires,
            self.vectors is None,
            yosys_version(),
            placer_version() if self.with_wires else "",
            package_hash().sha256,
        )

    def run(self, progress: Callable[[], None]) -> tuple[Record, bool]:
        """Return the figures, see :class:`NetlistFigures`, and whether they were cached.

        Raises:
            ToolError: A tool fails, or a netlist without vectors is not proven equivalent.
        """
        found = cached_result(
            f"{self.wrapped.name}-netlist", self.key, self._measure, cached=self.cached
        )
        progress()
        return found

    def map(self, library: CellLibrary) -> Mapped:
        """Return the mapped unit, from the cache if it was mapped before."""
        effort = effort_of(self.effort)
        return map_unit(self.wrapped, library, effort, timeout=self.timeout)

    def _measure(self, folder: Path, log: Path) -> Record:
        started = time.monotonic()
        library = read_liberty(self.liberty)
        mapped = self.map(library)
        netlist = mapped.netlist
        wires: dict[int, float] = {}
        if self.with_wires:
            wires = place(netlist, library, run=PlacerRun(timeout=self.timeout, log=log)).wires()
        timing = analyse(netlist, net_loads(netlist, wires=wires))
        vectors = wrong = 0
        if self.vectors is None:
            self._prove(mapped, log)
        else:
            compared = check_netlist(
                netlist,
                self.vectors.inputs,
                {RESULT: self.vectors.expected},
                self.wrapped.latency,
            )
            vectors, wrong = compared.vectors, compared.wrong
        figures: NetlistFigures = {
            "area": netlist.area,
            "leakage": netlist.leakage,
            "period": timing.period,
            "wires": {str(net): wire for net, wire in wires.items()},
            "vectors": vectors,
            "wrong": wrong,
            "json": str(mapped.json),
            "verilog": str(mapped.verilog),
            "seconds": round(time.monotonic() - started, 3),
        }
        return {**figures}

    def _prove(self, mapped: Mapped, log: Path) -> None:
        """Raise unless the netlist is proven equivalent: its figures would mean nothing."""
        with tempfile.TemporaryDirectory() as folder:
            verdict = prove_mapping(
                mapped.folder, mapped.library, Path(folder), timeout=self.timeout
            )
        if verdict is not Verdict.PROVEN:
            raise ToolError(
                f"Netlist of {self.wrapped.name} must be proven equivalent, not {verdict}", log=log
            )
