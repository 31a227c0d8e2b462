"""Emitted Verilog as a circuit of gates and registers for ABC, by Yosys in a process of its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from hbfp_hw.area.yosys import run_yosys


def to_model(
    folder: Path, verilog: str, *, cuts: Sequence[str] = (), taps: Mapping[str, str] | None = None
) -> None:
    """Make ``top.aig`` of the module ``top``, whose outputs are 1 where something is wrong.

    Parameters:
        folder: Where to work.
        verilog: The module and all that it instantiates.
        cuts: Modules whose outputs become free in every cycle.
        taps: Wires of ``top`` that nothing drives, and the inner signals that they show.
    """
    (folder / "design.v").write_text(verilog)
    commands = [
        "read_verilog -formal -overwrite design.v",
        *(f"blackbox {name}" for name in cuts),
        "hierarchy -check -top top",
        "cutpoint -blackbox",
        "proc",
        "flatten",
        *(f"connect -nounset -set {wire} {inner}" for wire, inner in (taps or {}).items()),
        "opt_clean -purge",
        # What a memory has beyond its last word may be anything.
        "memory_map; setundef -anyseq",
        "opt_clean -purge",
        "opt; async2sync; techmap; opt_expr; opt_clean",
        "dffunmap; simplemap; aigmap; setundef -anyseq",
        "opt_clean -purge",
        "write_aiger -zinit top.aig",
    ]
    run_yosys("\n".join(commands) + "\n", folder, folder / "yosys.log", timeout=300)
