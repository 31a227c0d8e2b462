"""Proof that tiles never collide on the buses of the array, whatever products follow each other.

Claim (no condition in :data:`VIOLATIONS` ever holds): start values of two tiles never share a bus,
nor do their results, and a product never starts a tile while start values of the product before it
are still unread.

Assumptions: no product has all its results before the sequencer has finished it, which
:mod:`tests.formal.gemm_counts` proves for the smallest engine. Descriptors have any legal sizes.
Operands and room for results come in any cycle: loaders, buffers, array, collector and the loop of
the start values are cut out and their outputs are free. Only dispatcher, sequencer and reader of
start values are left.

Method: induction with a written invariant (:data:`FACT_VIOLATIONS`), see
:mod:`tests.formal.induction`.

Bound: none in time, in sizes or in the number of products; an engine of five rows, so that products
can follow each other faster than the rows read their start values.
"""

from functools import cache
from pathlib import Path

from hbfp_hw.engine import START_DELAY, Engine, Variant
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl.gemm import GEMM
from tests.formal.equivalence import with_fault
from tests.formal.induction import counterexample, unproven
from tests.formal.inner import Taps
from tests.formal.model import to_model
from tests.formal.streams import harness

ROWS, DEPTH = 5, 4
CUTS = ("load_x", "load_w", "buffer_x", "buffer_w", "array", "collector", "start_values.loop")

BODY = """
  // Copies of the descriptors that the dispatcher keeps.
  reg [15:0] blocks_of [0:3];
  reg [2:0] chunk_of [0:3];
  reg [1:0] wide_of [0:3];
  integer n;
  initial for (n = 0; n < 4; n = n + 1) begin
    blocks_of[n] = 0;
    chunk_of[n] = 0;
    wide_of[n] = 0;
  end
  always @(posedge clk) if (taken && !bad) begin
    blocks_of[written[1:0]] <= i_descriptor_payload[{blocks} +: 16];
    chunk_of[written[1:0]] <= i_descriptor_payload[{chunk} +: 3];
    wide_of[written[1:0]] <= i_descriptor_payload[{wide_x} +: 2];
  end
  wire [2:0] products = written - left, behind = written - place;
  wire [2:0] done = place - left, over = ended - left;
  wire [1:0] wide = wide_of[place[1:0]];
  wire [2:0] passes = (3'd1 + wide[0]) * (3'd1 + wide[1]);
  wire [1:0] pass = passes == 4 ? (first_pass ? 0 : state_a ? 1 : state_b ? 2 : 3)
    : passes == 2 && !first_pass;

  // Bit k: a tile completed its first block, or its last block, k cycles ago.
  reg [{rows} + 1:1] ran = 0;
  reg [{rows}:1] closed = 0;
  // fresh: no tile of the product has completed its first block. Steps of this tile and of the tile
  // before it.
  reg fresh = 0;
  reg [4:0] steps = 0, steps_before = 0;
  wire running = inside || begins;
  always @(posedge clk) begin
    ran <= {{ran, run}};
    closed <= {{closed, ends}};
    if (!begun && behind != 0) fresh <= 1; else if (run) fresh <= 0;
    steps <= ends ? 0 : steps + stepping;
    if (ends) steps_before <= work;
  end

  // The assumption. Once it is violated, nothing is checked any more.
  reg broken = 0;
  wire fine = !broken && !(finished && ended == place);
  always @(posedge clk) broken <= !fine;
"""


def any_of(tests: list[str]) -> str:
    """Return an expression that is true if one of the tests is."""
    return f"({' || '.join(f'({test})' for test in tests)})"


AGO = range(1, ROWS + 2)
VIOLATIONS = {
    "start values meet": any_of([f"run && ran[{k}]" for k in range(1, ROWS)]),
    "results meet": any_of([f"ends && closed[{k}]" for k in range(1, ROWS)]),
    "the tile of the product before is not read yet": "fresh && running && "
    + any_of([f"ran[{k}]" for k in range(1, START_DELAY + 1)]),
}
"""Conditions that must never hold."""

FACT_VIOLATIONS = {
    "places": "products > 4 || done > products || over > done || begun && behind == 0"
    " || active && !begun",
    "settings": any_of(
        [
            f"((2'd{k} - left[1:0]) & 2'd3) < products"
            f" && (blocks_of[{k}] == 0 || chunk_of[{k}] == 0 || chunk_of[{k}] > {DEPTH})"
            for k in range(4)
        ]
    ),
    "loop": "active && block_left == 0",
    "inside": "inside && !active || !active && steps != 0 || !inside && (steps != 0 || age != 0)"
    f" || fresh && !active || age > {ROWS - 1}",
    "steps": "active ? steps != block * passes + pass || steps >= work : block != 0 || !first_pass",
    "passes": "first_pass + state_a + state_b > 1 || passes != 4 && (state_a || state_b)"
    " || passes == 1 && !first_pass",
    "no tile is longer than the one before": "active && !fresh && block == 0"
    " && steps_before < work || steps_before > 16",
    "product after product": "fresh && block != 0 || active && fresh && (ran[1] || ran[2])"
    " || !active && !begun && ran[1]",
    "waited for rows": f"steps != 0 && age != {ROWS - 1} && age + work < {ROWS} + steps",
    "last block before": any_of([f"closed[{k}] && running && {k} < 1 + age" for k in AGO[:-1]]),
    "rows being read": any_of([f"ran[{k}] && (!playing || row != {k} - 2)" for k in AGO[2:]])
    + f" || playing && ran[{ROWS + 1}:3] == 0",
    "first blocks": any_of([f"ran[{k}] && ran[{j}]" for k in AGO for j in AGO if k < j < k + ROWS]),
    "first block of a product": "fresh && steps != 0 && "
    + any_of([f"ran[{k}] && {k} + passes < {ROWS + 1} + steps" for k in AGO]),
    "first block of a tile": "active && !fresh && block == 0 && "
    + any_of(
        [
            f"ran[{k}] && {k} + passes < steps_before + 1 + age"
            f" && !(age == {ROWS - 1} && {k} >= {ROWS})"
            for k in AGO
        ]
    ),
    "first block of this tile": "active && block != 0 && "
    + any_of([f"ran[{k}] && {k} + passes < steps + 1" for k in AGO]),
}
"""Conditions under which a fact of the invariant is violated; the claim follows from all facts."""


@cache
def gemm() -> Design:
    """Return the engine."""
    return cached_design(GEMM(Engine(Variant.MIXED, ROWS, 1, 1, 5, depth=DEPTH, panel_tiles=2)))


def taps_of(verilog: str) -> Taps:
    """Return the inner signals of dispatcher, sequencer and reader of start values."""
    taps = Taps(verilog)
    taps.add("place", "dispatcher", "place_3", 3)
    taps.add("begun", "dispatcher", "begun_3")
    taps.add("written", "dispatcher", "written", 3)
    taps.add("ended", "dispatcher", "ended", 3)
    taps.add("left", "dispatcher", "left", 3)
    for signal in ("finished", "bad", "taken"):
        taps.add(signal, "dispatcher", signal)
    taps.add("active", "sequencer.loop", "control__active")
    taps.add("block_left", "sequencer.loop", "block_left", 16)
    for wire, signal in (
        ("inside", "inside"),
        ("begins", "results__begin"),
        ("stepping", "stepping"),
        ("ends", "end"),
        ("run", "start_values__run"),
        ("first_pass", "first_pass"),
        ("state_a", "state_a"),
        ("state_b", "state_b"),
    ):
        taps.add(wire, "sequencer", signal)
    taps.add("work", "sequencer", "work", 5)
    taps.add("block", "sequencer", "block", 2)
    taps.add("age", "sequencer", "age", 3)
    taps.add("playing", "start_values", "use__playing")
    taps.add("row", "start_values", "use__row", 3)
    return taps


def prove(folder: Path, *, change: tuple[str, str] | None = None) -> str:
    """Prove the claim; return an empty text, or what is not proven."""
    model(folder, change, VIOLATIONS | FACT_VIOLATIONS)
    return unproven(folder)


def refute(folder: Path, change: tuple[str, str]) -> str:
    """Plant a fault; return "wrong in cycle k" if the claim is violated soon after reset."""
    model(folder, change, VIOLATIONS)
    return counterexample(folder)


def model(folder: Path, change: tuple[str, str] | None, wrong: dict[str, str]) -> None:
    """Write the model of the engine, whose outputs are the conditions in ``wrong``."""
    design = gemm()
    verilog = with_fault(design.verilog, change)
    taps = taps_of(verilog)
    fields = design.description.streams["i_descriptor"].fields
    offsets = {field["name"]: field["offset"] for field in fields}
    body = BODY.format(**offsets | {"rows": ROWS})
    wrong = {name: f"fine && ({test})" for name, test in wrong.items()}
    top = harness(design, taps.declarations + body, wrong, sinks=False)
    cuts = [f"\\{design.name}.{part}" for part in CUTS]
    to_model(folder, verilog + top, cuts=cuts, taps=taps.wires)
