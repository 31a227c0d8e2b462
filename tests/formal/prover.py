"""Bounded SAT proofs about emitted Verilog, by Yosys in a process of its own."""

import sys
from pathlib import Path

from hbfp_hw.helpers.processes import exit_status

SECONDS = 1800.0
"""Time limit of one proof; the longest takes two minutes of processor time."""

YOSYS = """
import sys
from pyosys import libyosys
design = libyosys.Design()
for command in open(sys.argv[1]).read().splitlines():
    libyosys.run_pass(command, design)
"""


def prove_cycles(
    folder: Path,
    verilog: str,
    *,
    taps: dict[str, str],
    start: dict[str, int],
    steps: int,
) -> tuple[bool, str]:
    """Prove that ``ok`` of the module ``top`` is 1 in each of the first cycles.

    Inputs and registers start with any values, except those in ``start``. Runs in which
    ``assumed`` of the module is 0 in some cycle are left out.

    Parameters:
        folder: Working folder of Yosys.
        verilog: The module ``top`` and all that it instantiates.
        taps: Undriven wires of ``top``, with the inner signals that they are connected to.
        start: Values of registers in the first cycle.
        steps: Number of cycles.

    Returns:
        Whether the proof holds, and Yosys' log, with a counterexample if it does not.
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
    command = [sys.executable, "-c", YOSYS, str(script)]
    status = exit_status(command, cwd=folder, log=log, timeout=SECONDS)
    text = log.read_text()
    proven = f"proved base case for {steps} steps: SUCCESS!" in text
    return status == 0 and proven, text
