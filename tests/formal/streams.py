"""Stream properties of emitted Verilog, by Yosys and ABC in processes of their own.

A harness drives the streams of a unit as :class:`~hbfp_hw.rtl.unit.Unit` allows and no otherwise:
a source may offer an item in any cycle, and what it offered stays until it is taken; a sink may be
ready or not in any cycle. All payloads are free. The registers start with their initial values,
which are those after a reset.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.processes import run_process
from tests.formal.equivalence import ABC
from tests.formal.model import to_model

SOURCE = """
  // The source of {name}: what it offers stays until it is taken.
  reg {name}_waits = 0;
  reg [{top}:0] {name}_held = 0;
  wire {name}_ready;
  wire {name}_valid = {name}_waits || {name}_try;
  wire [{top}:0] {name}_payload = {name}_waits ? {name}_held : {payload};
  wire {name}_moves = {name}_valid && {name}_ready;
  always @(posedge clk) begin
    {name}_waits <= {name}_valid && !{name}_ready;
    {name}_held <= {name}_payload;
  end
"""

SINK = """
  // The sink of {name}: valid holds until ready, and the payload is stable.
  reg {name}_waits = 0;
  reg [{top}:0] {name}_held = 0;
  wire {name}_valid;
  wire [{top}:0] {name}_payload;
  wire {name}_moves = {name}_valid && {name}_ready;
  always @(posedge clk) begin
    {name}_waits <= {name}_valid && !{name}_ready;
    {name}_held <= {name}_payload;
  end
  wire {name}_falls = {name}_waits && !{name}_valid;
  wire {name}_changes = {name}_waits && {name}_valid && {name}_payload != {name}_held;
"""


def harness(
    design: Design,
    body: str,
    wrong: Mapping[str, str],
    *,
    inputs: Sequence[str] = (),
    payloads: Mapping[str, str] | None = None,
    sinks: bool = True,
) -> str:
    """The module ``top``: the design between sources and sinks, and what would be wrong.

    Parameters:
        body: More declarations, see the module's constants for the names of each stream.
        wrong: Names and conditions, besides those of each sink.
        inputs: More free inputs.
        payloads: What sources offer, as expressions of ``<stream>_free``, if not anything.
        sinks: Whether sinks look at what they get.
    """
    streams = design.description.streams
    ports, parts = ["input clk", *(f"input {name}" for name in inputs)], []
    pins = [".clk(clk)", ".rst(1'b0)"] if design.description.latency else []
    checks: dict[str, str] = {}
    for name, stream in streams.items():
        top = stream.payload_bits - 1
        if stream.direction == "in":
            ports += [f"input {name}_try", f"input [{top}:0] {name}_free"]
            payload = (payloads or {}).get(name, f"{name}_free")
            parts.append(SOURCE.format(name=name, top=top, payload=payload))
        else:
            ports.append(f"input {name}_ready")
            parts.append(SINK.format(name=name, top=top))
            if sinks:
                checks |= {f"{name} {what}": f"{name}_{what}" for what in ("falls", "changes")}
        pins += [f".{name}__{part}({name}_{part})" for part in ("valid", "ready", "payload")]
    checks |= wrong
    outputs = [f"output wrong_{k}" for k in range(len(checks))]
    lines = [f"  assign wrong_{k} = {test};" for k, test in enumerate(checks.values())]
    return "\n".join(
        [
            f"module top({', '.join(ports + outputs)});",
            *parts,
            f"  {design.name} unit({', '.join(pins)});",
            body,
            *lines,
            "endmodule",
        ]
    )


def check(
    folder: Path,
    verilog: str,
    *,
    cuts: Sequence[str] = (),
    taps: Mapping[str, str] | None = None,
    reduce: str = "scorr",
    seconds: int = 600,
) -> str:
    """Whether no output of ``top`` can ever be 1: "proven", "wrong in cycle k" or "undecided".

    By property-directed reachability, which finds an inductive invariant or a way to fail.

    Parameters:
        cuts, taps: As of :func:`~tests.formal.model.to_model`.
        reduce: How ABC makes the model smaller: by all equal signals, or by equal registers alone
            (``lcorr``), which is faster where few are equal.
    """
    to_model(folder, verilog, cuts=cuts, taps=taps)
    (folder / "check.abc").write_text(
        f"read_aiger top.aig\nstrash\n{reduce}\nwrite_aiger rest.aig\npdr -T {seconds}\n"
    )
    log = folder / "abc.log"
    run_process([ABC, "-f", "check.abc"], cwd=folder, log=log, timeout=60 + 2 * seconds)
    text = log.read_text()
    if "Property proved." in text or nothing_left(folder / "rest.aig"):
        return "proven"
    if found := re.search(r"was asserted in frame (\d+)", text):
        return f"wrong in cycle {found[1]}"
    return "undecided"


def nothing_left(path: Path) -> bool:
    """Whether simplification alone has found all outputs of a model to be 0."""
    head, *lines = path.read_bytes().split(b"\n")
    outputs = int(head.split()[4])
    return lines[:outputs] == [b"0"] * outputs
