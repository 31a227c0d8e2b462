"""Stream properties of emitted Verilog, by Yosys and ABC in processes of their own.

A harness drives the streams of a unit exactly as :class:`~hbfp_hw.rtl.unit.Unit` allows: a source
may offer an item in any cycle, and holds it until the handshake; a sink may be ready or not in any
cycle. All payloads are free. Registers start with their initial values, which equal those after
reset.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.processes import run_process
from tests.formal.equivalence import ABC
from tests.formal.model import to_model

SOURCE = """
  // Source of {name}: it holds an offered item until the handshake.
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
  // Sink of {name}: it checks that valid and payload are held until the handshake.
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
    """Return the module ``top``: the design between sources and sinks, with conditions to check.

    Parameters:
        body: Further declarations; :data:`SOURCE` and :data:`SINK` have the names of the wires.
        wrong: Conditions that must never hold, by name; the sinks add their own.
        inputs: Further free inputs.
        payloads: Payloads that sources offer, as expressions of ``<stream>_free``; a stream that is
            not listed offers any payload.
        sinks: Whether sinks check that outputs are held.
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
    """Prove that no output of ``top`` is ever 1; return "proven" or what was found instead.

    ABC's property-directed reachability (``pdr``) finds an inductive invariant ("proven"), a
    counterexample ("wrong in cycle k") or neither ("undecided").

    Parameters:
        folder: Working folder of Yosys and ABC.
        verilog: The module ``top`` and all that it instantiates.
        cuts, taps: The same as for :func:`~tests.formal.model.to_model`.
        reduce: ABC command that merges equal signals first: ``scorr`` merges all, ``lcorr`` only
            registers, which is faster if few signals are equal.
        seconds: Time limit of the solver.
    """
    to_model(folder, verilog, cuts=cuts, taps=taps)
    (folder / "check.abc").write_text(
        f"read_aiger top.aig\nstrash\n{reduce}\nwrite_aiger rest.aig\npdr -T {seconds}\n"
    )
    log = folder / "abc.log"
    run_process([ABC, "-f", "check.abc"], cwd=folder, log=log, timeout=60 + 2 * seconds)
    text = log.read_text()
    if "Property proved." in text or outputs_are_zero(folder / "rest.aig"):
        return "proven"
    if found := re.search(r"was asserted in frame (\d+)", text):
        return f"wrong in cycle {found[1]}"
    return "undecided"


def outputs_are_zero(path: Path) -> bool:
    """Return True if all outputs of an AIGER file are the constant 0."""
    head, *lines = path.read_bytes().split(b"\n")
    outputs = int(head.split()[4])
    return lines[:outputs] == [b"0"] * outputs
