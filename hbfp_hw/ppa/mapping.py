"""Mapping of a wrapped unit to the cells of a library, by Yosys and ABC."""

import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hbfp_hw.area.scripts import MEMORY
from hbfp_hw.area.yosys import TIMEOUT, SynthesisError, run_yosys, yosys_version
from hbfp_hw.helpers.build_cache import build_once
from hbfp_hw.helpers.cache import content_key
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.result_cache import plain_folder
from hbfp_hw.ppa.efforts import Effort, abc_script
from hbfp_hw.ppa.liberty import Cell, CellLibrary
from hbfp_hw.ppa.memories import Memory, without_memories
from hbfp_hw.ppa.netlist import Netlist, read_netlist
from hbfp_hw.ppa.wrapper import PATH, SHELL, Wrapped

OUTPUT_LOAD = 5.0
"""Load in fF that ABC assumes at each output of the path."""

NETLIST, VERILOG, PATH_GATES, PATH_CELLS, FIGURES = (
    "netlist.json",
    "netlist.v",
    "path_gates.json",
    "path_cells.json",
    "figures.json",
)
"""Files of a mapping: the netlist, and the path in generic gates and in cells."""

TO_GATES = f"""\
read_verilog -sv path.v
hierarchy -check -top {PATH}
synth -flatten -noabc -run begin:fine
chtype -set {MEMORY} t:$mem_v2
synth -flatten -noabc -run fine:check
delete t:$scopeinfo
async2sync
dfflegalize -cell $_DFF_P_ x
opt_clean -purge
design -save gates
"""
"""Commands that map a path to generic gates and one flop type.

The initial values of registers are dropped, as the flops of a cell library have none.
"""

SPREAD = """\
abc -g gates -dff {spread}
opt_clean -purge
dfflegalize -cell $_DFF_P_ x
opt_clean -purge
"""
"""Commands that retime the ranks of a path."""

TO_CELLS = f"""\
dfflibmap -liberty cells.lib
abc -liberty cells.lib -constr drive.txt {{target}}{{map}}
opt_clean -purge
write_json {PATH_CELLS}
read_liberty -lib -ignore_miss_func cells.lib
read_verilog shell.v
hierarchy -check -top {SHELL}
proc
flatten
delete t:$scopeinfo
simplemap t:$dff
dfflibmap -liberty cells.lib
opt_clean -purge
splitnets
opt_clean -purge
select {SHELL}
write_verilog -selected -noattr -noexpr -nohex {VERILOG}
write_json -selected {NETLIST}
select -clear
design -load gates
write_json {PATH_GATES}
"""
"""Commands that map a path to cells and put it between the registers of the shell."""


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
    script = mapping_script(wrapped, effort, clock_target)
    drive = driving_cell(library)
    constraints = f"set_driving_cell {drive.name}\n" if drive else ""
    constraints += f"set_load {OUTPUT_LOAD} [all_outputs]\n"
    inputs = {"path.v": wrapped.path, "shell.v": wrapped.shell, "drive.txt": constraints}

    def build(target: Path, log: Path) -> None:
        # Yosys and ABC work elsewhere: the name of the cache may have any characters.
        work = Path(tempfile.mkdtemp(prefix="hbfp-", dir=plain_folder()))
        try:
            for name, text in inputs.items():
                write_text(work / name, text)
            (work / "cells.lib").write_bytes(library.path.read_bytes())
            run_yosys(script, work, log, timeout=timeout, poll=poll)
            _write_figures(work, log)
            for name in (NETLIST, VERILOG, PATH_GATES, PATH_CELLS, FIGURES):
                shutil.move(work / name, target / name)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    if folder is None:
        key = content_key(*inputs.values(), script, library.sha256, yosys_version())
        folder = build_once(f"{wrapped.name}-cells", key, build)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        build(folder, folder / "yosys.log")
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


def mapping_script(wrapped: Wrapped, effort: Effort, clock_target: float | None) -> str:
    """Return the Yosys commands that map a unit."""
    spread = SPREAD.format(spread=abc_script(effort.spread)) if wrapped.retime else ""
    target = "" if clock_target is None else f"-D {round(clock_target * 1000)} "
    return TO_GATES + spread + TO_CELLS.format(target=target, map=abc_script(effort.map))


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
