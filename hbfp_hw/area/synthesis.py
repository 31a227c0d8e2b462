"""One synthesis: Verilog in, measured figures out."""

import time
from pathlib import Path

from hbfp_hw.area.breakdown import break_down
from hbfp_hw.area.library import Library
from hbfp_hw.area.scripts import SYNTHESIS
from hbfp_hw.area.source import VerilogSource
from hbfp_hw.area.statistics import FLOP, TRANSISTORS, YosysReports
from hbfp_hw.area.yosys import TIMEOUT, run_yosys, yosys_version
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.result_cache import Record, cached_result


def synthesise(
    source: VerilogSource,
    library: Library,
    *,
    root: str = "",
    cached: bool = True,
    timeout: float = TIMEOUT,
    poll: Poll = None,
) -> tuple[Record, bool]:
    """Measure a design.

    Parameters:
        source: The design.
        library: Cells of the area measure.
        root: Part of a data path that the top module is, see
            :func:`~hbfp_hw.area.breakdown.break_down`.

    Returns:
        The figures (``transistors``, ``cells``, ``flops``, ``logic_depth``, ``memory_bits``,
        ``area``, ``library_cells``, ``breakdown``, ``yosys``, ``seconds``, ``log``), and whether
        they were measured earlier.

    Raises:
        SynthesisError: Yosys fails, or does not say clearly what is asked; it names the log.
    """
    script = SYNTHESIS.format(top=source.top)

    def make(folder: Path, log: Path) -> Record:
        started = time.monotonic()
        write_text(folder / "design.v", source.verilog)
        (folder / "cells.lib").write_bytes(library.content)
        run_yosys(script, folder, log, timeout=timeout, poll=poll)
        record = read_synthesis(YosysReports(folder, log), source.top, root)
        return record | {"seconds": round(time.monotonic() - started, 3)}

    key = (source.sha256, script, root, library.sha256, yosys_version())
    return cached_result(source.top, key, make, cached=cached, poll=poll)


def read_synthesis(reports: YosysReports, top: str, root: str) -> Record:
    """The figures that a run of the script left in its folder."""
    flat = reports.modules("flat.json").get(top, {})
    cells = reports.cells(flat, known=TRANSISTORS)
    if not cells:
        raise reports.error(f"The netlist of {top} is empty")
    mapped = reports.modules("liberty.json").get(top, {})
    library_cells = reports.cells(mapped)
    return {
        "transistors": reports.transistors(flat, cells),
        "cells": cells,
        "flops": cells.get(FLOP, 0),
        "logic_depth": reports.depth("depth.txt", top),
        "memory_bits": reports.memory_bits("memories.txt"),
        "area": reports.area(mapped, library_cells),
        "library_cells": library_cells,
        "breakdown": break_down(reports, top, root, cells),
        "yosys": reports.json("flat.json").get("creator", ""),
    }
