"""SAT proofs about emitted Verilog, by Yosys in a process of its own."""

import sys
from pathlib import Path

from hbfp_hw.helpers.processes import exit_status

SECONDS = 1800.0
"""Limit of one proof; the longest takes two minutes of processor time."""

YOSYS = """
import sys
from pyosys import libyosys
design = libyosys.Design()
for command in open(sys.argv[1]).read().splitlines():
    libyosys.run_pass(command, design)
"""


def proves(
    folder: Path,
    verilog: str,
    *,
    taps: dict[str, str],
    start: dict[str, int],
    steps: int,
) -> tuple[bool, str]:
    """Whether ``ok`` of the module ``top`` is 1 in every one of the first cycles.

    All inputs, and all registers besides those given, may have any value at the start, so long as
    ``assumed`` of the module is 1 in every cycle.

    Parameters:
        folder: Where to work.
        verilog: The module ``top`` and all that it instantiates.
        taps: Wires of ``top`` that nothing drives, and the inner signals that they show.
        start: Values of registers in the first cycle.
        steps: Cycles.

    Returns:
        Whether the proof held, and Yosys' log, which has a counter-example if it did not.
    """
    source, script, log = folder / "top.v", folder / "proof.ys", folder / "proof.log"
    source.write_text(verilog)
    given = " ".join(f"-set-init {name} {value}" for name, value in start.items())
    commands = [
        f"read_verilog -formal {source}",
        "hierarchy -check -top top",
        "proc",
        "flatten",
        *(f"connect -nounset -set {wire} {inner}" for wire, inner in taps.items()),
        "setattr -unset init w:*",
        "opt_expr; opt_clean",
        f"sat -verify -tempinduct-baseonly -maxsteps {steps} {given} -set assumed 1 -prove ok 1"
        " -show-ports -show a0,a1,b0,b1,cycle top",
    ]
    script.write_text("\n".join(commands) + "\n")
    command = [sys.executable, "-c", YOSYS, script]
    status = exit_status(command, cwd=folder, log=log, timeout=SECONDS)
    text = log.read_text()
    proven = f"proved base case for {steps} steps: SUCCESS!" in text
    return status == 0 and proven, text
