"""Transistor counts of many designs in parallel, by any synthesis flow."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from hbfp_hw.area import VerilogSource
from hbfp_hw.area.parallel import run_parallel
from hbfp_hw.area.scripts import ABC
from hbfp_hw.area.statistics import YosysReports
from hbfp_hw.area.yosys import CHILD, TIMEOUT, run_yosys, yosys_version
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.processes import run_process
from hbfp_hw.helpers.result_cache import Record, cached_result

Progress = Callable[[int, int], None]
"""Called with the number of finished items and the number of all items."""


@dataclass(frozen=True)
class SynthesisFlow:
    """Synthesis flow from Verilog to transistors; by default the flow of ``hbfp area``.

    Members:
        synth: Additional options of the Yosys command ``synth``.
        abc: Options of the Yosys command ``abc``.
    """

    synth: str = ""
    abc: str = f"-g cmos4 {ABC}"

    def script(self, top: str) -> str:
        """Return the Yosys commands for a design."""
        return f"""\
read_verilog -sv design.v
hierarchy -check -top {top}
synth -flatten -noabc {self.synth}
delete t:$scopeinfo
async2sync
dfflegalize -cell $_DFF_P_ 01
opt_clean
abc {self.abc}
opt_clean
tee -q -o flat.json stat -json -tech cmos
"""


@dataclass(frozen=True)
class SynthesisJob:
    """One design to be synthesised by one flow.

    Members:
        source: The design.
        flow: The flow.
    """

    source: VerilogSource
    flow: SynthesisFlow = SynthesisFlow()


@dataclass(frozen=True)
class YosysRelease:
    """Release of Yosys in a Python environment of its own.

    Members:
        python: Python interpreter of the environment.
        version: Version of its pyosys.
    """

    python: Path
    version: str


def count_transistors(
    job: SynthesisJob,
    *,
    cached: bool = True,
    poll: Poll = None,
    release: YosysRelease | None = None,
) -> int:
    """Return the transistors of a design, which must have no memories.

    Parameters:
        job: The design and its flow.
        cached: Whether an earlier count may be returned.
        poll: Called a few times a second while Yosys runs.
        release: Release of Yosys; the installed one by default.

    Raises:
        SynthesisError: Yosys fails, or its report is not as expected; the error names the log.
        ToolError: The Yosys of ``release`` fails; the error names the log.
    """
    top = job.source.top
    script = job.flow.script(top)

    def make(folder: Path, log: Path) -> Record:
        write_text(folder / "design.v", job.source.verilog)
        if release is None:
            run_yosys(script, folder, log, poll=poll)
        else:
            write_text(folder / "script.ys", script)
            command: list[str | Path] = [release.python, "-c", CHILD, "script.ys"]
            env = os.environ | {"TMPDIR": "."}
            run_process(command, cwd=folder, log=log, env=env, timeout=TIMEOUT, poll=poll)
        reports = YosysReports(folder, log)
        module = reports.modules("flat.json").get(top, {})
        estimate = module.get("estimated_num_transistors")
        # A flow may use any cell type. The estimate ends in + if Yosys has no cost for one.
        if not isinstance(estimate, str) or not re.fullmatch(r"\d+", estimate):
            raise reports.error(f"The transistor estimate of {top} is not whole: {estimate!r}")
        if not reports.cells(module):
            raise reports.error(f"The netlist of {top} is empty")
        return {"transistors": int(estimate)}

    key = (job.source.sha256, script, release.version if release else yosys_version())
    record, _ = cached_result(top, key, make, cached=cached, poll=poll)
    return int(record["transistors"])


def count_all(
    jobs: Sequence[SynthesisJob], *, cached: bool = True, progress: Progress | None = None
) -> list[int]:
    """Return the transistors of each design in the order of the jobs, synthesised in parallel.

    Parameters:
        jobs: Designs without memories, with their flows; one per processor runs at a time.
        cached: Whether earlier counts may be used.
        progress: Called after each job.

    Raises:
        SynthesisError: One synthesis fails; the others are stopped.
    """
    finished = count(1)
    return run_parallel(
        lambda job, poll: count_transistors(job, cached=cached, poll=poll),
        jobs,
        progress=None if progress is None else lambda: progress(next(finished), len(jobs)),
    )
