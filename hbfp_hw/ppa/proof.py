"""Proof that a mapped path computes what the path in generic gates computes."""

import json
import re
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from hbfp_hw.area.yosys import TIMEOUT, run_yosys
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.processes import run_process
from hbfp_hw.ppa.liberty import CellLibrary
from hbfp_hw.ppa.mapping_scripts import PATH_CELLS, PATH_GATES, STAGES_CELLS, STAGES_GATES
from hbfp_hw.ppa.memories import without_flops, without_memories
from hbfp_hw.ppa.wrapper import PATH

GENERIC_FLOP = {"$_DFF_P_": ("D", "Q")}

TO_GRAPH = f"""\
{{read}}
read_json {{side}}.json
hierarchy -check -top {PATH}
setundef -zero
flatten
opt_clean
simplemap
aigmap
opt_clean -purge
write_aiger -symbols {{side}}.aig
design -reset
"""
"""Commands that turn a module without flops into an and-inverter graph."""


class Verdict(StrEnum):
    """Result of a proof."""

    PROVEN = "proven"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


def prove_mapping(
    files: Path, library: CellLibrary, folder: Path, *, timeout: float = TIMEOUT, poll: Poll = None
) -> Verdict:
    """Prove that a path in cells computes what it computes in generic gates.

    Flops are compared by what they take, so the verdict holds for units with registers too. With
    added ranks the proof has two parts, the path before and the path after flops were inserted.
    It says nothing of the insertion itself: compare vectors as well.

    Parameters:
        files: Folder of a mapping.
        library: Library that the unit was mapped to.
        folder: Working folder.
        timeout: Seconds allowed to Yosys, and to ABC, for each part.
        poll: Called a few times a second while they run.

    Returns:
        The verdict. It is "undecided" if the flops differ in their names or the time is over.

    Raises:
        SynthesisError: Yosys fails.
        ToolError: ABC fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    verdict = _compare(files, (PATH_GATES, PATH_CELLS), library, folder, timeout, poll)
    if verdict is Verdict.PROVEN and (files / STAGES_CELLS).exists():
        verdict = _compare(files, (STAGES_GATES, STAGES_CELLS), library, folder, timeout, poll)
    return verdict


def _compare(
    files: Path,
    names: tuple[str, str],
    library: CellLibrary,
    folder: Path,
    timeout: float,
    poll: Poll,
) -> Verdict:
    """Compare a path in generic gates with the path in cells."""
    flops = []
    for side, name, pins in zip(
        ("gates", "cells"), names, (GENERIC_FLOP, _flop_pins(library)), strict=True
    ):
        content = json.loads((files / name).read_text())
        module = content["modules"][PATH]
        without_memories(module)
        flops.append(without_flops(module, pins))
        del module["netnames"]  # names of what is a port now
        write_text(folder / f"{side}.json", json.dumps({"modules": {PATH: module}}))
    if flops[0] != flops[1]:
        return Verdict.UNDECIDED
    (folder / "cells.lib").write_bytes(library.path.read_bytes())
    commands = TO_GRAPH.format(side="gates", read="") + TO_GRAPH.format(
        side="cells", read="read_liberty -ignore_miss_func cells.lib"
    )
    run_yosys(commands, folder, folder / "proof.log", timeout=timeout, poll=poll)
    if _symbols(folder / "gates.aig") != _symbols(folder / "cells.aig"):
        return Verdict.UNDECIDED
    log = folder / "verdict.log"
    log.unlink(missing_ok=True)
    script = f"&read cells.aig; &cec -T {round(timeout)} gates.aig"
    command: list[str | Path] = [abc_program(), "-c", script]
    run_process(command, cwd=folder, log=log, timeout=timeout + 60, poll=poll, name="ABC")
    return _verdict(log.read_text(errors="replace"))


def abc_program() -> Path:
    """Return the path of the program ABC, which comes with pyosys.

    Raises:
        ModuleNotFoundError: The package pyosys is not installed.
    """
    # Not imported: the package makes all libraries loaded after it share their symbols.
    found = find_spec("pyosys")
    if found is None:
        raise ModuleNotFoundError("No module named 'pyosys'", name="pyosys")
    return Path(str(found.origin)).with_name("yosys-abc")


def _flop_pins(library: CellLibrary) -> dict[str, tuple[str, str]]:
    """Return the data pin and the output of each flop of a library that has one output."""
    return {
        cell.name: (cell.data, next(iter(cell.outputs)))
        for cell in library.cells.values()
        if cell.clock and len(cell.outputs) == 1
    }


def _symbols(path: Path) -> list[bytes]:
    """Return the names of the inputs and outputs of a graph, in order."""
    return re.findall(rb"^[io]\d+ [^\n]+$", path.read_bytes(), flags=re.MULTILINE)


def _verdict(log: str) -> Verdict:
    """Read the verdict from the output of ABC."""
    if "Networks are equivalent" in log:
        return Verdict.PROVEN
    if "Networks are NOT EQUIVALENT" in log:
        return Verdict.REFUTED
    return Verdict.UNDECIDED
