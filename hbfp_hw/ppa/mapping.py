"""Mapping of a wrapped unit to the cells of a library, by Yosys and ABC."""

import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hbfp_hw.area.yosys import TIMEOUT, SynthesisError, run_yosys, yosys_version
from hbfp_hw.helpers.build_cache import build_once
from hbfp_hw.helpers.cache import content_key
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.package_hash import package_hash
from hbfp_hw.helpers.result_cache import plain_folder
from hbfp_hw.ppa.efforts import Effort
from hbfp_hw.ppa.liberty import Cell, CellLibrary
from hbfp_hw.ppa.loads import net_loads
from hbfp_hw.ppa.mapping_scripts import (
    NETLIST,
    PATH_CELLS,
    PATH_GATES,
    STAGES,
    STAGES_CELLS,
    STAGES_GATES,
    VERILOG,
    script_without_ranks,
    scripts_with_ranks,
)
from hbfp_hw.ppa.memories import Memory, without_memories
from hbfp_hw.ppa.netlist import Netlist, read_netlist
from hbfp_hw.ppa.ranks import place_ranks
from hbfp_hw.ppa.staging import insert_flops
from hbfp_hw.ppa.timing import analyse
from hbfp_hw.ppa.wire_load import with_wire_load
from hbfp_hw.ppa.wrapper import PATH, SHELL, Wrapped

OUTPUT_LOAD = 5.0
"""Load in fF that ABC assumes at each output of the path."""

WIRE_PER_READER = 1.3e-3
"""Estimate of a wire's capacitance in pF for each pin that reads the net, before placement.

Placed units of this package have 0.9 to 1.9 fF for one reader and 2.1 to 3.4 fF for two.
"""

FIGURES = "figures.json"
"""File of what the mapping found besides the netlist."""

CELLS = "cells.lib"


@dataclass(frozen=True)
class Mapped:
    """A unit mapped to the cells of a library.

    Members:
        wrapped: The unit between fixed registers.
        library: The library.
        effort: The effort level.
        clock_target: Clock period in ns that ABC sized the cells for; None for the shortest.
        netlist: The netlist.
        memories: Memories of the unit, whose ports are ports of the netlist.
        abc_delay: Longest delay of the path in ns by ABC, without wires and flops.
        folder: Folder with the netlist as Verilog and as JSON, and the files of the proof.
    """

    wrapped: Wrapped
    library: CellLibrary
    effort: Effort
    clock_target: float | None
    netlist: Netlist
    memories: Sequence[Memory]
    abc_delay: float
    folder: Path

    @property
    def verilog(self) -> Path:
        """The netlist as Verilog."""
        return self.folder / VERILOG

    @property
    def json(self) -> Path:
        """The netlist as JSON."""
        return self.folder / NETLIST


def map_unit(
    wrapped: Wrapped,
    library: CellLibrary,
    effort: Effort,
    *,
    clock_target: float | None = None,
    folder: Path | None = None,
    timeout: float = TIMEOUT,
    poll: Poll = None,
) -> Mapped:
    """Map a unit to the cells of a library.

    The same unit, library, effort and target give the same netlist.

    Parameters:
        wrapped: The unit between fixed registers.
        library: The library.
        effort: The effort level.
        clock_target: Delay of the path in ns that is short enough; None for the shortest.
        folder: Folder for the files, where the unit is mapped anew. None stands for a folder of the
            cache, in which an earlier mapping is used.
        timeout: Seconds allowed.
        poll: Called a few times a second while Yosys runs.

    Raises:
        ValueError: The clock target is not positive.
        SynthesisError: Yosys fails; the error names the log.
    """
    if clock_target is not None and not clock_target > 0:
        raise ValueError(f"Clock target must be a positive number of ns, not {clock_target!r}")
    flow = _Flow(wrapped, library, effort, clock_target, timeout, poll)
    if folder is None:
        parts = *flow.inputs.values(), flow.scripts, effort.slack, WIRE_PER_READER, library.sha256
        key = content_key(*parts, yosys_version(), package_hash().sha256)
        folder = build_once(f"{wrapped.name}-cells", key, flow.run)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        flow.run(folder, folder / "yosys.log")
    figures = json.loads((folder / FIGURES).read_text())
    return Mapped(
        wrapped=wrapped,
        library=library,
        effort=effort,
        clock_target=clock_target,
        netlist=read_netlist(folder / NETLIST, library, SHELL),
        memories=[Memory(**each) for each in figures["memories"]],
        abc_delay=figures["abc_delay"],
        folder=folder,
    )


def driving_cell(library: CellLibrary) -> Cell | None:
    """Return the smallest buffer of a library, which drives the path's inputs; None without one."""
    buffers = [cell for cell in library.cells.values() if _is_buffer(cell)]
    return min(buffers, key=lambda cell: (cell.area, cell.name), default=None)


def _is_buffer(cell: Cell) -> bool:
    if len(cell.inputs) != 1 or len(cell.outputs) != 1:
        return False
    (output,) = cell.outputs.values()
    word = np.array([0b10], np.uint64)
    pins = dict.fromkeys(output.pins, word)
    return output.function is not None and bool((output.function(pins) == word).all())


class _Flow:
    """Run of a mapping.

    Parameters: Those of :func:`map_unit`.

    Members:
        inputs: Texts that Yosys reads, by file name.
        scripts: Commands of the only run of Yosys, or of the runs before and after ranks are added.
    """

    def __init__(
        self,
        wrapped: Wrapped,
        library: CellLibrary,
        effort: Effort,
        clock_target: float | None,
        timeout: float,
        poll: Poll,
    ):
        self.wrapped, self.library, self.effort = wrapped, library, effort
        self.timeout, self.poll = timeout, poll
        drive = driving_cell(library)
        constraints = f"set_driving_cell {drive.name}\n" if drive else ""
        constraints += f"set_load {OUTPUT_LOAD} [all_outputs]\n"
        self.inputs = {"path.v": wrapped.path, "shell.v": wrapped.shell, "drive.txt": constraints}
        self.scripts: Sequence[str] = (
            scripts_with_ranks(effort, clock_target)
            if wrapped.retime
            else [script_without_ranks(effort, clock_target)]
        )

    def run(self, target: Path, log: Path) -> None:
        """Map the unit and move the files that stay to a folder."""
        # Yosys and ABC work elsewhere: the name of the cache may have any characters.
        work = Path(tempfile.mkdtemp(prefix="hbfp-", dir=plain_folder()))
        try:
            for name, text in self.inputs.items():
                write_text(work / name, text)
            write_text(work / CELLS, with_wire_load(self.library.path, WIRE_PER_READER))
            files = [NETLIST, VERILOG, PATH_GATES, PATH_CELLS, FIGURES]
            for number, script in enumerate(self.scripts):
                if number:
                    self._add_ranks(work)
                    files += [STAGES_GATES, STAGES_CELLS]
                run_yosys(script, work, log, timeout=self.timeout, poll=self.poll)
            _write_figures(work, log)
            for name in files:
                shutil.move(work / name, target / name)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _add_ranks(self, work: Path) -> None:
        """Put the ranks into the path in cells."""
        content = json.loads((work / PATH_CELLS).read_text())
        netlist = read_netlist(work / PATH_CELLS, self.library, PATH)
        wires = {net: WIRE_PER_READER * len(pins) for net, pins in netlist.readers.items()}
        timing = analyse(netlist, net_loads(netlist, wires=wires))
        stages = place_ranks(netlist, timing.delays, self.wrapped.ranks, self.effort.slack)
        insert_flops(
            content["modules"][PATH],
            {gate.name: int(at) for gate, at in zip(netlist.gates, stages.stage, strict=True)},
            {gate.name: next(iter(gate.outputs)) for gate in netlist.gates},
            self.wrapped.ranks,
        )
        write_text(work / STAGES, json.dumps(content))


def _write_figures(folder: Path, log: Path) -> None:
    """Write what the mapping found besides the netlist, and turn memories into ports."""
    delays = re.findall(r"Delay = +([\d.]+) ps", log.read_text(errors="replace"))
    if not delays:
        raise SynthesisError("ABC printed no delay", log=log)
    netlist = json.loads((folder / NETLIST).read_text())
    memories = without_memories(netlist["modules"][SHELL])
    if memories:
        write_text(folder / NETLIST, json.dumps(netlist))
    figures = {
        "abc_delay": float(delays[-1]) / 1000,
        "memories": [vars(memory) for memory in memories],
    }
    write_text(folder / FIGURES, json.dumps(figures))
