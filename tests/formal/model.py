"""Emitted Verilog as a graph of gates and latches for ABC, by Yosys in a process of its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from hbfp_hw.area.yosys import run_yosys


def to_model(
    folder: Path, verilog: str, *, cuts: Sequence[str] = (), taps: Mapping[str, str] | None = None
) -> None:
    """Write ``top.aig``, the graph of the module ``top``. Its outputs are 1 if something is wrong.

    Parameters:
        folder: Working folder of Yosys, which gets ``top.aig``.
        verilog: The module ``top`` and all that it instantiates.
        cuts: Modules to cut out: their outputs become free in every cycle.
        taps: Undriven wires of ``top``, with the inner signals that they are connected to.
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
        # Reads beyond the last word of a memory may give any value.
        "memory_map; setundef -anyseq",
        "opt_clean -purge",
        "opt; async2sync; techmap; opt_expr; opt_clean",
        "dffunmap; simplemap; aigmap; setundef -anyseq",
        "opt_clean -purge",
        "write_aiger -zinit top.aig",
    ]
    run_yosys("\n".join(commands) + "\n", folder, folder / "yosys.log", timeout=300)
