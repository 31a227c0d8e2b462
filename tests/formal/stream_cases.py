"""Proofs of the streams of single units.

Claim (no condition in :data:`VIOLATIONS` ever holds), for all stalls and payloads, in every cycle
after reset:

* an output holds ``valid`` and payload until the handshake;
* a result comes only if operands for it were taken, and at most as many results are due as the unit
  has stages: none is given twice, none is kept back;
* a ready sink gets each result that is due within the unit's latency, and while the sink is ready,
  offered operands are taken, at once or after as many cycles as a block has passes: none is lost,
  and there is no deadlock;
* the result of any one item is right and comes in its turn. If a result is a function of one
  transfer, it is compared with the unit without registers, whose function other proofs cover. If a
  result is a sum over many transfers, the item is a number that passes unchanged.

Assumptions: sources hold ``valid`` and payload until the handshake. Where :class:`Case` has
``payloads``, sources offer only these.

Method: property-directed reachability (ABC ``pdr``), which finds an inductive invariant.

Bound: none in time; each unit in a small format.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl import FP32, MAC, Accumulate, Convert, Dot, DotEngine, Unit
from hbfp_hw.rtl.baseline import BF16MAC, FP32MAC, INT8MAC
from hbfp_hw.rtl.pe import PE
from tests.formal.equivalence import with_fault
from tests.formal.streams import check, harness

BODY = """
  // Results that are due; cycles that a ready sink has waited for the next one; cycles that offered
  // operands have waited while the sink was ready.
  wire begins = {begins};
  reg [3:0] due = 0, waited = 0, refused = 0;
  always @(posedge clk) begin
    due <= due + begins - o_moves;
    waited <= due == 0 || o_moves ? 0 : waited + o_ready;
    refused <= {offers} && o_ready && !{taken} ? refused + 1 : 0;
  end

  // Any one item is marked. Its result comes after those of the items taken before it.
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

VIOLATIONS = {
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
    """A unit with the conditions of its proof. Texts are Verilog on the wires of the harness.

    Members:
        make: Makes the unit.
        item: Bits of the marked item that decide its result.
        reference: Makes the unit without registers, whose result for the item is expected. None if
            the item itself is expected.
        begins: Condition under which a result becomes due.
        offers: Condition under which all operands are offered.
        taken: Condition under which the first operand is taken.
        patience: Most cycles that offered operands wait while the sink is ready.
        counted: Condition under which an item is taken that could be the marked one.
        wanted: Condition under which an item may be the marked one.
        payloads: Payloads that sources offer, by stream; a stream that is not listed offers any.
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
PAIR_OFFERED = "(i_valid && i_marker_valid)"
# A sum of one block, with a C that the addition of +0 does not change.
ONE_BLOCK = "i_marker_payload[33:32] == 3"
KEPT = (
    f"{ONE_BLOCK} && i_marker_payload[31:0] != 32'h80000000"
    " && (i_marker_payload[30:23] != 255 || i_marker_payload[22:0] == 0)"
)
C = "i_marker_payload[31:0]"
# Blocks of one zero mantissa with exponent 0.
NOTHING = "{i_free[23:22], 22'b0}"


def _passes(variant: Variant, patience: int) -> Case:
    """Return a case of the PE: it adds zero blocks to C, so that C passes unchanged."""
    wide = "" if variant is Variant.NARROW else "i_free[23:22], "
    bits = 9 if variant is Variant.NARROW else 11
    return Case(
        lambda: PE(variant, 1, 5),
        C,
        patience=patience,
        wanted=KEPT,
        payloads={"i": f"{{{wide}{2 * bits}'b0}}"},
        begins=LAST,
        offers=PAIR_OFFERED,
    )


# FP32 numbers that a 2-bit mantissa represents exactly: powers of two with a sign. ALONE marks a
# sum of one block that starts from +0.
POWER = "{{{0}_free[31], 6'b011111, {0}_free[24:23], 23'b0}}"
ALONE = "{2'b11, 32'b0}"
ONE = "32'h3f800000"


def _engine(
    item: str, payloads: Mapping[str, str], *, counted: str = "begins", wanted: str = "1"
) -> Case:
    """Return a case of the dot engine, whose converters have a stream each."""
    return Case(
        lambda: DotEngine(FMT, rounding=Rounding.NEAREST),
        item,
        begins=LAST,
        offers="(i_a_valid && i_b_valid && i_marker_valid)",
        taken="i_marker_moves",
        patience=3,
        counted=counted,
        wanted=wanted,
        payloads=payloads,
    )


CASES = {
    **{
        f"convert p{depth}": Case(
            partial(Convert, FMT, rounding=Rounding.NEAREST, pipeline=depth),
            reference=lambda: Convert(FMT, rounding=Rounding.NEAREST, pipeline=0),
        )
        for depth in (1, 2)
    },
    **{
        f"dot p{depth}": Case(
            partial(Dot, FMT, pipeline=depth), reference=lambda: Dot(FMT, pipeline=0)
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
        begins=LAST,
        offers=PAIR_OFFERED,
    ),
    "accumulate p1": Case(
        lambda: Accumulate(FMT),
        C,
        wanted=KEPT,
        payloads={"i": "{1'b0, i_free[7:2], 2'b0}"},
        begins=LAST,
        offers=PAIR_OFFERED,
    ),
    "pe mixed": _passes(Variant.MIXED, 3),
    "pe native": _passes(Variant.NATIVE, 0),
    "pe narrow": _passes(Variant.NARROW, 0),
    "dot_engine C": _engine(C, {"i_a": "32'b0", "i_b": "32'b0"}, wanted=KEPT),
    "dot_engine a": _engine(
        "i_a_payload",
        {"i_a": POWER.format("i_a"), "i_b": ONE, "i_marker": ALONE},
        counted="i_a_moves",
    ),
    "dot_engine b": _engine(
        "i_b_payload",
        {"i_b": POWER.format("i_b"), "i_a": ONE, "i_marker": ALONE},
        counted="i_b_moves",
    ),
    "fp32_mac": Case(lambda: FP32MAC(pipeline=1), reference=lambda: FP32MAC()),
    "bf16_mac": Case(lambda: BF16MAC(pipeline=1), reference=lambda: BF16MAC()),
    "int8_mac": Case(lambda: INT8MAC(pipeline=1), reference=lambda: INT8MAC()),
}


def prove(folder: Path, case: Case, *, change: tuple[str, str] | None = None) -> str:
    """Prove the claim for a case; return "proven", or what the solver found instead.

    Parameters:
        folder: Working folder of Yosys and ABC.
        change: Text of the Verilog to replace, and its replacement: a planted fault.
    """
    unit = case.make()
    design = cached_design(unit)
    streams = design.description.streams
    text = with_fault(design.verilog, change)
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
        for name, test in VIOLATIONS.items()
    }
    top = harness(design, BODY.format(**members), wrong, inputs=["mark"], payloads=case.payloads)
    return check(folder, text + top)
