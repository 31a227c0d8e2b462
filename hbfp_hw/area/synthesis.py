"""Area synthesis of one design: Verilog in, figures out."""

import time
from pathlib import Path
from typing import TypedDict, cast

from hbfp_hw.area.breakdown import break_down
from hbfp_hw.area.library import Library
from hbfp_hw.area.scripts import SYNTHESIS
from hbfp_hw.area.source import VerilogSource
from hbfp_hw.area.statistics import FLOP, TRANSISTORS, Cells, YosysReports
from hbfp_hw.area.yosys import TIMEOUT, run_yosys, yosys_version
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.result_cache import Record, cached_result


class SynthesisFigures(TypedDict):
    """Figures in the reports of one synthesis; :class:`.AreaResult` describes each one."""

    transistors: int
    cells: Cells
    flops: int
    logic_depth: int
    memory_bits: int
    area: float
    library_cells: Cells
    breakdown: dict[str, int]
    yosys: str


class TimedSynthesisFigures(SynthesisFigures):
    """The figures with the seconds that the synthesis took and the path of its log."""

    seconds: float
    log: str


def synthesise(
    source: VerilogSource,
    library: Library,
    *,
    root: str = "",
    cached: bool = True,
    timeout: float = TIMEOUT,
    poll: Poll = None,
) -> tuple[TimedSynthesisFigures, bool]:
    """Synthesise a design and return its figures, and whether they come from the cache.

    Parameters:
        source: The design.
        library: Cell library of the area measure.
        root: Instance name of the top module in the breakdown by part.
        cached: Whether earlier figures may be returned.
        timeout: Seconds allowed.
        poll: Called a few times a second while Yosys runs.

    Raises:
        SynthesisError: Yosys fails, or its report is not as expected; the error names the log.
    """
    script = SYNTHESIS.format(top=source.top)

    def make(folder: Path, log: Path) -> Record:
        started = time.monotonic()
        write_text(folder / "design.v", source.verilog)
        (folder / "cells.lib").write_bytes(library.content)
        run_yosys(script, folder, log, timeout=timeout, poll=poll)
        figures = read_synthesis(YosysReports(folder, log), source.top, root)
        return {**figures, "seconds": round(time.monotonic() - started, 3)}

    key = (source.sha256, script, root, library.sha256, yosys_version())
    record, earlier = cached_result(source.top, key, make, cached=cached, poll=poll)
    return cast(TimedSynthesisFigures, record), earlier


def read_synthesis(reports: YosysReports, top: str, root: str) -> SynthesisFigures:
    """Return the figures in the reports that the area script wrote.

    Parameters:
        top: Name of the top module.
        root: Its instance name in the breakdown by part.
    """
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
