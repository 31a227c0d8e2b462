"""Proof of the streams of the smallest GEMM engine.

Claim, in every cycle: the engine takes exactly the operands and start values that its products need
and gives exactly their results, with ``last`` on the last one and one status per descriptor, in
order (no condition in :data:`VIOLATIONS` ever holds); outputs hold ``valid`` and payload; and there
is no deadlock: something moves within :data:`PATIENCE` cycles if something is due and no source
or sink stalls.

Assumptions: sizes in the descriptors are 0 to 2, and everything else in them is free. So products
have one or two tiles in each direction and one or two chunks, and some descriptors are bad.
Converters, operand memories and the arithmetic of the cell are cut out and their outputs are free:
the streams follow from the control alone.

Method: induction with a written invariant. :mod:`tests.formal.gemm_facts` lists facts about inner
signals. :mod:`tests.formal.induction` proves that the facts and the claim hold after reset, and
that none of them can fail in the cycle after one in which all hold.

Bound: none in time or in the number of products; an engine of one row, one column, one lane.
"""

from functools import cache
from pathlib import Path

from hbfp_hw.engine import Engine, Variant
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl.gemm import GEMM
from tests.formal.equivalence import with_fault
from tests.formal.gemm_facts import ghosts, invariant_violations
from tests.formal.gemm_taps import taps_of
from tests.formal.induction import counterexample, unproven
from tests.formal.model import to_model
from tests.formal.streams import harness

BODY = """
  // Fields of the descriptor, and the items that its product needs.
  wire [15:0] rows = i_descriptor_payload[47:32], columns = i_descriptor_payload[63:48];
  wire [15:0] blocks = i_descriptor_payload[79:64];
  wire lanes = i_descriptor_payload[80];
  wire [1:0] chunk = i_descriptor_payload[82:81], rounding = i_descriptor_payload[84:83];
  wire accumulate = i_descriptor_payload[87];
  wire bad = rows == 0 || columns == 0 || blocks == 0 || lanes == 0 || chunk == 0 || chunk > 2
    || rounding == 3;
  wire good = i_descriptor_moves && !bad;
  wire [5:0] m = rows[1:0], p = columns[1:0], k = blocks[1:0], area = m * p;
  wire [5:0] chunks = chunk == 1 ? k : 6'd1;
  wire [5:0] all_x = m * k, parts_x = m * chunks, all_w = area * k, all_o = area * chunks;
  wire [5:0] all_c = accumulate ? all_o : all_o - area;

  // Items that are due of all products together, and the results of each product.
  reg [5:0] due_x = 0, due_w = 0, due_c = 0;
  reg [3:0] due_status = 0;
  reg [5:0] count0 = 0, count1 = 0, count2 = 0, count3 = 0;
  // Numbers of products modulo 8: accepted, with all results given, and with their status given.
  reg [2:0] given = 0, over_o = 0, answered = 0;
  reg bad_waits = 0;
  wire [5:0] due_o = over_o == given ? 0 : over_o[1:0] == 0 ? count0 : over_o[1:0] == 1 ? count1
    : over_o[1:0] == 2 ? count2 : count3;
  always @(posedge clk) begin
    due_x <= due_x + (good ? all_x : 6'd0) - i_x_moves;
    due_w <= due_w + (good ? all_w : 6'd0) - i_w_moves;
    due_c <= due_c + (good ? all_c : 6'd0) - i_c_moves;
    due_status <= due_status + i_descriptor_moves - o_status_moves;
    given <= given + good;
    over_o <= over_o + (o_moves && due_o == 1);
    answered <= answered + (o_status_moves && !o_status_payload);
    bad_waits <= i_descriptor_moves && bad || bad_waits && !(o_status_moves && o_status_payload);
  end
  {counts}
  // Consecutive cycles without a transfer, while a status is due and nobody outside stalls.
  wire moves = i_descriptor_moves || i_x_moves || i_w_moves || i_c_moves || o_moves
    || o_status_moves;
  wire willing = i_x_valid && i_w_valid && i_c_valid && o_ready && o_status_ready;
  reg [3:0] still = 0;
  always @(posedge clk) still <= due_status == 0 || moves || !willing ? 0 : still + 1;
"""

COUNT = """
  always @(posedge clk)
    if (good && given[1:0] == {k}) count{k} <= all_o;
    else if (o_moves && over_o[1:0] == {k}) count{k} <= count{k} - 1;
"""

VIOLATIONS = {
    "X that is not due": "i_x_moves && due_x == 0",
    "W that is not due": "i_w_moves && due_w == 0",
    "C that is not due": "i_c_moves && due_c == 0",
    "a result that is not due": "o_valid && due_o == 0",
    "last": "o_valid && o_payload[32] != (due_o == 1)",
    "a status that is not due": "o_status_valid"
    " && (o_status_payload ? !bad_waits || given != answered : over_o == answered)",
    "taken while a bad one waits": "i_descriptor_moves && bad_waits",
    "something is lost": "due_status == 0 && (due_x != 0 || due_w != 0 || due_c != 0"
    " || over_o != given || answered != given)",
}
"""Conditions that must never hold, besides unstable outputs and a deadlock."""

PATIENCE = 8
"""Cycles within which something moves, if no source or sink stalls."""

CELL_PARTS = ("accumulate", "normalise", "tree", "multipliers", "exponent")
PARTS = (
    *(f"cell_native_n1_e5.{part}" for part in CELL_PARTS),
    "convert_m6_n1_e5_narrow4_short_sm",
    "line_native_n1_e5_w4",
)
"""Modules of arithmetic and operands, which are cut out: their outputs are free in every cycle."""


def small(offset: int) -> str:
    """Return an expression for a size of 0 to 2, made of two free bits at ``offset``."""
    bits = [f"i_descriptor_free[{offset + bit}]" for bit in (1, 0)]
    return f"{{14'b0, {bits[0]}, {bits[1]} & !{bits[0]}}}"


def cuts(design: Design) -> list[str]:
    """Return the modules that are cut out."""
    return [f"\\{design.name}_{part}" for part in PARTS]


@cache
def gemm() -> Design:
    """Return the smallest engine."""
    return cached_design(GEMM(Engine(Variant.NATIVE, 1, 1, 1, 5, depth=2, panel_tiles=1)))


def prove(folder: Path) -> str:
    """Prove the claim; return an empty text, or what is not proven."""
    design = gemm()
    taps = taps_of(design.verilog)
    wrong = VIOLATIONS | invariant_violations() | {"deadlock": f"still == {PATIENCE}"}
    top = around(design, wrong, taps.declarations + ghosts())
    to_model(folder, design.verilog + top, cuts=cuts(design), taps=taps.wires)
    return unproven(folder, patience=PATIENCE)


def refute(folder: Path, change: tuple[str, str]) -> str:
    """Plant a fault; return "wrong in cycle k" if the claim is violated soon after reset."""
    design = gemm()
    top = around(design, VIOLATIONS | {"deadlock": f"still == {PATIENCE}"})
    to_model(folder, with_fault(design.verilog, change) + top, cuts=cuts(design))
    return counterexample(folder)


def around(design: Design, wrong: dict[str, str], more: str = "") -> str:
    """Return the module ``top``: the engine between sources and sinks, with conditions to check.

    Parameters:
        wrong: Conditions that must never hold, by name.
        more: Further declarations that the conditions use.
    """
    sizes = ", ".join(small(offset) for offset in (64, 48, 32))
    payload = f"{{i_descriptor_free[87:80], {sizes}, i_descriptor_free[31:0]}}"
    body = BODY.replace("{counts}", "".join(COUNT.format(k=k) for k in range(4)))
    return harness(design, body + more, wrong, payloads={"i_descriptor": payload})
