"""Proof of the buses of a small core, around an engine that may do anything in any cycle.

Claim: no condition in :data:`VIOLATIONS` and :data:`INPUT_VIOLATIONS` ever holds, and every output
of AXI4-Lite and AXI4-Stream holds ``valid`` and payload until the handshake.

Assumptions: masters and sources hold ``valid`` and payload until the handshake, as AXI demands.
Everything else is free. The engine is cut out and its outputs are free, so the claim holds with any
engine.

Method: property-directed reachability (ABC ``pdr``), which finds an inductive invariant.

Bound: none in time; one core with a bus of 32 bits, where items of X, W, C and Y take two beats.
"""

from functools import cache
from pathlib import Path

from hbfp_hw.core.registers import REGISTERS
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl.core import Core
from tests.formal.equivalence import with_fault
from tests.formal.inner import Taps
from tests.formal.streams import SINK, SOURCE, check

SOURCES = {
    "s_axil_aw": {"addr": 13, "prot": 3},
    "s_axil_w": {"data": 32, "strb": 4},
    "s_axil_ar": {"addr": 13, "prot": 3},
    **{f"s_axis_{name}_t": {"data": 32, "keep": 4, "last": 1} for name in "xwc"},
}
SINKS = {
    "s_axil_b": {"resp": 2},
    "s_axil_r": {"data": 32, "resp": 2},
    "m_axis_y_t": {"data": 32, "keep": 4, "last": 1},
}
"""Channels by the prefix of their ports, with the widths of the parts of their payloads."""

BODY = """
  // Requests taken on each channel of AXI4-Lite and not yet answered.
  reg [1:0] due_aw = 0, due_w = 0, due_ar = 0, late_b = 0, late_r = 0;
  reg bvalid_before = 0, irq_before = 0;
  reg [12:0] address = 0;
  wire writes = due_aw != 0 && due_w != 0;
  always @(posedge clk) begin
    due_aw <= due_aw + s_axil_aw_moves - s_axil_b_moves;
    due_w <= due_w + s_axil_w_moves - s_axil_b_moves;
    due_ar <= due_ar + s_axil_ar_moves - s_axil_r_moves;
    late_b <= writes && s_axil_b_ready && !s_axil_b_valid ? late_b + 1 : 0;
    late_r <= due_ar != 0 && s_axil_r_ready && !s_axil_r_valid ? late_r + 1 : 0;
    bvalid_before <= s_axil_b_valid && !s_axil_b_ready;
    irq_before <= irq;
    if (s_axil_aw_moves) address <= s_axil_aw_payload[15:3];
  end
  wire new_b = s_axil_b_valid && !bvalid_before;

  // Beats of each input stream: the first beat of an item waits for the second.
  {inputs}
  // Rows from the engine: beats still due, state of the packet, and cycles that something is late.
  reg [63:0] row = 0;
  reg [1:0] beats = 0;
  reg row_last = 0, open_packet = 0, cut = 0;
  reg [2:0] late_y = 0, stuck = 0;
  wire row_moves = row_valid && row_ready;
  wire second = beats == 1;
  always @(posedge clk) begin
    if (row_moves) begin
      row <= row_payload[63:0];
      row_last <= last_row;
      beats <= 2;
    end else if (m_axis_y_t_moves && beats != 0) beats <= cut || halt ? 0 : beats - 1;
    if (m_axis_y_t_moves) open_packet <= !m_axis_y_t_payload[0];
    cut <= halt || cut && (beats != 0 || open_packet || m_axis_y_t_valid);
    late_y <= row_valid && !row_ready && m_axis_y_t_ready && !halt ? late_y + 1 : 0;
    stuck <= halt && m_axis_y_t_ready ? stuck + (stuck != 7) : 0;
  end
  wire [31:0] beat = second ? row[63:32] : row[31:0];
"""
INPUT = """
  reg {name}_half = 0;
  reg [31:0] {name}_first = 0;
  wire {name}_taken = s_axis_{name}_t_moves && !halt;
  wire {name}_item = {name}_valid && {name}_ready;
  always @(posedge clk) begin
    {name}_half <= halt ? 0 : {name}_half ^ {name}_taken;
    if ({name}_taken) {name}_first <= s_axis_{name}_t_payload[36:5];
  end
"""

VIOLATIONS = {
    "an answer without a write": "s_axil_b_valid && !writes",
    "an answer without a read": "s_axil_r_valid && due_ar == 0",
    "requests pile up": "due_aw > 2 || due_w > 2 || due_ar > 2",
    "a write is not answered": "late_b >= 2",
    "a read is not answered": "late_r >= 2",
    "interrupt cleared by nobody": "irq_before && !irq && !(new_b && ({clears}))",
    "a beat that is not due": "m_axis_y_t_valid && beats == 0 && !(cut && open_packet)",
    "not the beat of the row": "m_axis_y_t_valid && beats != 0 && (m_axis_y_t_payload"
    " != {beat, 4'hf, second && row_last})",
    "not the end of a packet": "m_axis_y_t_valid && beats == 0 && m_axis_y_t_payload[4:0] != 1",
    "a row is lost": "row_moves && !(beats == 0 || second && m_axis_y_t_moves)",
    "a row waits": "late_y >= 5",
    "a packet stays open": "stuck == 7 && (open_packet || m_axis_y_t_valid)",
}
"""Conditions that must never hold, by what is wrong if they do."""
INPUT_VIOLATIONS = {
    "an item that is not due": "{name}_item && !({name}_half && {name}_taken)",
    "an item is lost": "{name}_half && {name}_taken && !{name}_item",
    "not the first beat": "{name}_item && {name}_part != {name}_first",
}
"""The same for each input stream."""


@cache
def small_core() -> Design:
    """Return the core: its engine has one row and two columns of two lanes."""
    engine = Engine(Variant.NATIVE, 1, 2, 2, 5, depth=2, panel_tiles=1)
    return cached_design(Core(engine, bus_bits=32, queue=2, layers=1))


def prove(folder: Path, *, change: tuple[str, str] | None = None) -> str:
    """Prove the claim for all buses; return "proven", or what the solver found instead."""
    design = small_core()
    verilog = with_fault(design.verilog, change)
    taps = Taps(verilog)
    for wire, part, signal, width in (
        *(("halt", "y", "drop", 1), ("last_row", "y", "last_row", 1)),
        *(("row_valid", "y", "i__valid", 1), ("row_ready", "y", "i__ready", 1)),
        ("row_payload", "y", "i__payload", 65),
        *((f"{name}_valid", name, "o__valid", 1) for name in "xwc"),
        *((f"{name}_ready", name, "o__ready", 1) for name in "xwc"),
        *((f"{name}_part", name, "part_0", 32) for name in "xwc"),
    ):
        taps.add(wire, part, signal, width)
    clears = " || ".join(
        f"address[12:2] == {REGISTERS[name].address // 4}"
        for name in ("interrupt_status", "interrupt_enable")
    )
    wrong = {name: test.replace("{clears}", clears) for name, test in VIOLATIONS.items()}
    for name in "xwc":
        wrong |= {f"{name}: {k}": test.format(name=name) for k, test in INPUT_VIOLATIONS.items()}
    top = buses(design.name, taps.declarations, wrong)
    cuts = [f"\\{design.name}.gemm"]
    return check(folder, verilog + top, cuts=cuts, taps=taps.wires, reduce="lcorr")


def buses(name: str, declarations: str, wrong: dict[str, str]) -> str:
    """Return the module ``top``: the core between masters, sources and sinks.

    Parameters:
        name: Module of the core.
        declarations: Wires that show inner signals.
        wrong: Conditions that must never hold, by name.
    """
    ports, parts, pins = ["input clk"], [], [".aclk(clk)", ".aresetn(1'b1)", ".irq(irq)"]
    wrong = dict(wrong)
    for channels, text in ((SOURCES, SOURCE), (SINKS, SINK)):
        for channel, fields in channels.items():
            top = sum(fields.values()) - 1
            payload = f"{channel}_free"
            parts.append(text.format(name=channel, top=top, payload=payload))
            if text is SOURCE:
                ports += [f"input {channel}_try", f"input [{top}:0] {payload}"]
            else:
                ports.append(f"input {channel}_ready")
                wrong |= {f"{channel} {what}": f"{channel}_{what}" for what in ("falls", "changes")}
            pins += [f".{channel}{part}({channel}_{part})" for part in ("valid", "ready")]
            for field, width in fields.items():
                pins.append(f".{channel}{field}({channel}_payload[{top}:{top + 1 - width}])")
                top -= width
    ports += [f"output wrong_{k}" for k in range(len(wrong))]
    inputs = "".join(INPUT.format(name=name) for name in "xwc")
    return "\n".join(
        [
            f"module top({', '.join(ports)});",
            declarations,
            "  wire irq;",
            *parts,
            f"  {name} unit({', '.join(pins)});",
            BODY.replace("{inputs}", inputs),
            *(f"  assign wrong_{k} = {test};" for k, test in enumerate(wrong.values())),
            "endmodule",
        ]
    )
