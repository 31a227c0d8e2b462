"""Streams of the units: proven for all times, stalls and payloads, from reset on.

Of each unit, by an inductive invariant that the solver finds and checks:

* an offered result stays offered, and unchanged, until it is taken;
* no result comes that no operand was taken for, and of those due there are never more than the
  unit has stages (nothing is given twice, nothing is kept back);
* a sink that is ready gets each result that is due within the unit's latency (nothing is lost, no
  deadlock), and while it is ready offered operands are taken, at once or after as many cycles as a
  block has passes;
* the result of any one item is what it should be, in its turn. Where a result is a function of one
  transfer, it is compared with the unit without registers, whose function is proven elsewhere.
  Where sums run over many, the item is a number that goes through unchanged.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl import FP32, MAC, Accumulate, Convert, Dot, DotEngine, Unit
from hbfp_hw.rtl.baseline import BF16MAC, FP32MAC, INT8MAC
from hbfp_hw.rtl.pe import PE
from tests.formal.equivalence import changed
from tests.formal.streams import check, harness

BODY = """
  // Results that are due, how long a ready sink has waited for the next one, and a ready unit for
  // what a source offers.
  wire begins = {begins};
  reg [3:0] due = 0, waited = 0, refused = 0;
  always @(posedge clk) begin
    due <= due + begins - o_moves;
    waited <= due == 0 || o_moves ? 0 : waited + o_ready;
    refused <= {offers} && o_ready && !{taken} ? refused + 1 : 0;
  end

  // Any one item; in its turn it comes after those that were taken before.
  reg marked = 0;
  reg [3:0] before = 0, place = 0;
  reg [{result}:0] expected = 0;
  wire [{result}:0] result;
  wire [3:0] behind = before + {counted} - o_moves;
  always @(posedge clk) begin
    before <= behind;
    if (mark && !marked && {counted} && {wanted}) begin
      marked <= 1;
      place <= behind;
      expected <= result;
    end else if (o_moves && place != 0) place <= place - 1;
  end
  {function}
"""

WRONG = {
    "a result that is not due": "due == 0 && o_moves",
    "too many results due": "due > {latency}",
    "a result is late": "waited >= {latency}",
    "an operand is refused": "refused > {patience}",
    "not the item's result": "place == 1 && o_valid && o_payload != expected",
}

REFERENCE = """{name} reference(.i__payload({item}), .i__valid(1'b1), .i__ready(),
    .o__payload(result), .o__valid(), .o__ready(1'b1));"""


@dataclass(frozen=True)
class Case:
    """A unit and what its streams are to do; expressions name the wires of the harness.

    Members:
        make: Makes the unit.
        item: What is kept of the marked item.
        reference: Makes a unit without registers, whose result for the item is expected; without
            one the item itself is.
        begins: A result becomes due.
        offers, taken: All operands are offered, and the first one is taken.
        patience: Cycles for which offered operands may wait.
        counted: An item is taken of which one is marked; as ``begins`` by default.
        wanted: Which items may be marked.
        payloads: What sources offer, if not anything.
    """

    make: Callable[[], Unit]
    item: str = "i_payload"
    reference: Callable[[], Unit] | None = None
    begins: str = "i_moves"
    offers: str = "i_valid"
    taken: str = "i_moves"
    patience: int = 0
    counted: str = "begins"
    wanted: str = "1"
    payloads: Mapping[str, str] = field(default_factory=dict)


FMT = HBFPFormat(2, 1, 5)
LAST = "(i_marker_moves && i_marker_payload[33])"
PAIRS = {"begins": LAST, "offers": "(i_valid && i_marker_valid)"}
# Marks a sum of one block, opened and closed by it, from a C that adding +0 does not change.
ONE_BLOCK = "i_marker_payload[33:32] == 3"
KEPT = (
    f"{ONE_BLOCK} && i_marker_payload[31:0] != 32'h80000000"
    " && (i_marker_payload[30:23] != 255 || i_marker_payload[22:0] == 0)"
)
C = "i_marker_payload[31:0]"
# Blocks of one mantissa that is 0, with the exponent 0.
NOTHING = "{i_free[23:22], 22'b0}"


def _passes(variant: Variant, patience: int) -> Case:
    wide = "" if variant is Variant.NARROW else "i_free[23:22], "
    bits = 9 if variant is Variant.NARROW else 11
    return Case(
        lambda: PE(variant, 1, 5),
        C,
        patience=patience,
        wanted=KEPT,
        payloads={"i": f"{{{wide}{2 * bits}'b0}}"},
        **PAIRS,
    )


ENGINE = {
    "begins": LAST,
    "taken": "i_marker_moves",
    "patience": 3,
    "offers": "(i_a_valid && i_b_valid && i_marker_valid)",
}
# FP32 numbers that a 2-bit mantissa holds: 1, 2, 4 ... with a sign; sums of one block from +0.
POWER = "{{{0}_free[31], 6'b011111, {0}_free[24:23], 23'b0}}"
ALONE = "{2'b11, 32'b0}"
ONE = "32'h3f800000"


def _engine(**change: object) -> Case:
    return Case(lambda: DotEngine(FMT, rounding=Rounding.NEAREST), **(ENGINE | change))


CASES = {
    **{
        f"convert p{depth}": Case(
            lambda depth=depth: Convert(FMT, rounding=Rounding.NEAREST, pipeline=depth),
            reference=lambda: Convert(FMT, rounding=Rounding.NEAREST, pipeline=0),
        )
        for depth in (1, 2)
    },
    **{
        f"dot p{depth}": Case(
            lambda depth=depth: Dot(FMT, pipeline=depth), reference=lambda: Dot(FMT, pipeline=0)
        )
        for depth in (1, 2)
    },
    "fp32": Case(lambda: FP32(FMT), reference=lambda: FP32(FMT, pipeline=0)),
    "mac": Case(lambda: MAC(FMT), reference=lambda: MAC(FMT, pipeline=0)),
    "accumulate p0": Case(
        lambda: Accumulate(FMT, pipeline=0),
        C,
        wanted=KEPT,
        payloads={"i": "{1'b0, i_free[7:2], 2'b0}"},
        **PAIRS,
    ),
    "accumulate p1": Case(
        lambda: Accumulate(FMT),
        C,
        wanted=KEPT,
        payloads={"i": "{1'b0, i_free[7:2], 2'b0}"},
        **PAIRS,
    ),
    "pe mixed": _passes(Variant.MIXED, 3),
    "pe native": _passes(Variant.NATIVE, 0),
    "pe narrow": _passes(Variant.NARROW, 0),
    "dot_engine C": _engine(item=C, wanted=KEPT, payloads={"i_a": "32'b0", "i_b": "32'b0"}),
    "dot_engine a": _engine(
        item="i_a_payload",
        counted="i_a_moves",
        payloads={"i_a": POWER.format("i_a"), "i_b": ONE, "i_marker": ALONE},
    ),
    "dot_engine b": _engine(
        item="i_b_payload",
        counted="i_b_moves",
        payloads={"i_b": POWER.format("i_b"), "i_a": ONE, "i_marker": ALONE},
    ),
    "fp32_mac": Case(lambda: FP32MAC(pipeline=1), reference=lambda: FP32MAC()),
    "bf16_mac": Case(lambda: BF16MAC(pipeline=1), reference=lambda: BF16MAC()),
    "int8_mac": Case(lambda: INT8MAC(pipeline=1), reference=lambda: INT8MAC()),
}


def prove(folder: Path, case: Case, *, change: tuple[str, str] | None = None) -> str:
    """Prove what the module says of a case: "proven", or what was found instead."""
    unit = case.make()
    design = cached_design(unit)
    streams = design.description.streams
    text = changed(design.verilog, change)
    function = f"assign result = {case.item};"
    if case.reference is not None:
        reference = cached_design(case.reference())
        function = REFERENCE.format(name=reference.name, item=case.item)
        text += reference.verilog
    members = vars(case) | {
        "result": streams["o"].payload_bits - 1,
        "function": function,
    }
    wrong = {
        name: test.format(latency=unit.latency, patience=case.patience)
        for name, test in WRONG.items()
    }
    top = harness(design, BODY.format(**members), wrong, inputs=["mark"], payloads=case.payloads)
    return check(folder, text + top)
