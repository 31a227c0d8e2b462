"""Transistors of designs by one flow or another, many designs side by side."""

import os
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from hbfp_hw.area import SynthesisError, VerilogSource
from hbfp_hw.area.scripts import ABC
from hbfp_hw.area.statistics import YosysReports
from hbfp_hw.area.yosys import CHILD, TIMEOUT, run_yosys, yosys_version
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.processes import run_process
from hbfp_hw.helpers.result_cache import Record, cached_result

Progress = Callable[[int, int], None]
"""Called with the count of what is done, and of all."""


@dataclass(frozen=True)
class SynthesisFlow:
    """How Yosys gets from Verilog to transistors; the default is the way of ``hbfp area``.

    Members:
        synth: Further options of the pass ``synth``.
        abc: Options of the pass ``abc``.
    """

    synth: str = ""
    abc: str = f"-g cmos4 {ABC}"

    def script(self, top: str) -> str:
        """The commands for a design."""
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
    """A design to be measured.

    Members:
        source: The design.
        flow: How.
    """

    source: VerilogSource
    flow: SynthesisFlow = SynthesisFlow()


@dataclass(frozen=True)
class YosysRelease:
    """A release of Yosys in an environment of its own.

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
    """Transistors of a design without memories, from the cache where it was measured before.

    Parameters:
        job: The design, and how it is measured.
        cached: Whether an earlier measurement will do.
        poll: As of :func:`~hbfp_hw.helpers.processes.run_process`.
        release: YosysRelease of Yosys; that of this package by default.

    Raises:
        SynthesisError: Yosys fails, or does not say clearly what is asked; it names the log.
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
        # A flow may use cells of any kind: the estimate ends with + if Yosys has no count for one.
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
    """Transistors of each design, as many at once as there are processors.

    Raises:
        SynthesisError: One of them fails; the others are given up.
    """
    stop = threading.Event()

    def poll() -> None:
        if stop.is_set():
            raise SynthesisError("The synthesis was given up")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            futures = [
                pool.submit(count_transistors, job, cached=cached, poll=poll) for job in jobs
            ]
            for done, future in enumerate(as_completed(futures), start=1):
                future.result()
                if progress is not None:
                    progress(done, len(jobs))
            return [future.result() for future in futures]
        except BaseException:
            # An error or an interrupt also ends the syntheses of the other threads.
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
