"""Tests of the proofs: they hold, and a planted fault makes each kind of proof fail."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat
from tests.formal import (
    adder,
    array_streams,
    convert,
    core_streams,
    dot,
    fp32,
    gemm_counts,
    gemm_gap,
    pe_passes,
    stream_cases,
)
from tests.formal.equivalence import Verdict
from tests.formal.induction import counterexample, unproven
from tests.formal.model import to_model
from tests.formal.proofs import LONG, QUICK


@pytest.mark.full(but=["dot 6x6 n1", "dot 4x4 n2_sm", "fp32 4x6 n3 e5"])
@pytest.mark.parametrize("name", QUICK)
def test_quick_proof(name: str, tmp_path: Path) -> None:
    assert QUICK[name](tmp_path) == ""


@pytest.mark.full
@pytest.mark.parametrize("name", LONG)
def test_long_proof(name: str, tmp_path: Path) -> None:
    assert LONG[name](tmp_path) == ""


def test_yosys_is_in_no_process_of_the_tests() -> None:
    """Loading pyosys makes later libraries share symbols, and Matplotlib then fails to load."""
    assert "pyosys" not in sys.modules


def test_counts() -> None:
    """The numbers of cases and proofs are those in docs/verification.md."""
    assert len(adder.CASES) == 2 * 55 + 2 * 27 + 1
    assert not QUICK.keys() & LONG.keys()
    assert (len(QUICK), len(LONG)) == (33, 10)


FAULTS: dict[str, Callable[..., Verdict]] = {
    "addition for subtraction": lambda folder: adder.prove(
        folder, 4, 2, ["+1 equal"], change=("addend[31] ^ term[16]", "addend[31] | term[16]")
    ),
    "lost NaN": lambda folder: adder.prove(
        folder, 4, 2, ["special"], change=("assign nan = term[18] |", "assign nan =")
    ),
    "weight": lambda folder: fp32.prove(folder, (4, 4), 2, change=("9'h171", "9'h172")),
    "rounding mode": lambda folder: convert.prove(
        folder,
        HBFPFormat(4, 2),
        8,
        False,
        ["nearest"],
        change=("i__payload[128] & ", "i__payload[128] | "),
    ),
    "NaN block": lambda folder: dot.prove(
        folder, (4, 4), 2, True, change=("[19] = nan_pair;", "[19] = 1'h0;")
    ),
}


@pytest.mark.full(but=["weight"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_function_is_found(fault: str, tmp_path: Path) -> None:
    verdict = FAULTS[fault](tmp_path)
    assert not verdict.proven
    assert all(example.startswith("INPUT: ") for example in verdict.refuted.values())
    assert len(verdict.refuted) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("| o__ready;", "| 1'h1;"),
        ("assign pairs__ready = ", "assign pairs__ready = 1'h1 | "),
        ("assign i__ready = pairs__ready &", "assign i__ready = 1'h0 &"),
    ],
    ids=["overwritten result", "lost operand", "deadlock"],
)
def test_a_fault_in_a_stream_is_found(old: str, new: str, tmp_path: Path) -> None:
    case = stream_cases.CASES["accumulate p1"]
    assert stream_cases.prove(tmp_path, case, change=(old, new)).startswith("wrong in cycle ")


STREAM_FAULTS: dict[str, Callable[[Path], str]] = {
    "array, a result for each block": lambda folder: array_streams.prove(
        folder, change=("= adding[2] & adding[4];", "= adding[2];")
    ),
    "gemm, results overwritten": lambda folder: gemm_counts.refute(
        folder, ("assign tiles__room = tiles != 3'h7;", "assign tiles__room = 1'h1;")
    ),
    "gemm, status too early": lambda folder: gemm_counts.refute(
        folder,
        (r"finished = \finished.$and  & o__payload[32];", r"finished = \finished.$and ;"),
    ),
    "gemm, start values meet": lambda folder: gemm_gap.refute(
        folder,
        (r"stepping = \stepping.$and  & \stepping.$or2 ;", r"stepping = \stepping.$and ;"),
    ),
    "gemm, next product at once": lambda folder: gemm_gap.refute(
        folder,
        (r"& \parts__3__start.$compare ;", "& place_3 != written | begun_3 & ~parts__3__active;"),
    ),
    "core, lost answer": lambda folder: core_streams.prove(
        folder,
        change=(
            r"= \registers__write.$and  & \registers__write.$not ;",
            r"= has_address & has_data;",
        ),
    ),
    "core, packet left open": lambda folder: core_streams.prove(
        folder, change=(r"= drop | \cut.$and ;", "= drop;")
    ),
}


@pytest.mark.full(but=["gemm, start values meet"])
@pytest.mark.parametrize("fault", STREAM_FAULTS)
def test_a_fault_in_an_engine_is_found(fault: str, tmp_path: Path) -> None:
    assert STREAM_FAULTS[fault](tmp_path).startswith("wrong in cycle ")


def test_induction(tmp_path: Path) -> None:
    # A counter from 0 to 5. It never reaches 6, but the induction needs another fact: 7 precedes 6.
    counter = """
module top(input clk, output wrong_0{more});
  reg [2:0] count = 0;
  always @(posedge clk) count <= count == 5 ? 0 : count == 7 ? 6 : count + 1;
  assign wrong_0 = count == 6;
  {rest}
endmodule
"""
    for number, (fact, proven) in enumerate(
        (("", False), ("count == 7", True), ("count > 6", True), ("count == 5", False))
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        more, rest = (", output wrong_1", f"assign wrong_1 = {fact};") if fact else ("", "")
        to_model(folder, counter.format(more=more, rest=rest))
        assert (unproven(folder) == "") is proven
    assert counterexample(folder) == "wrong in cycle 5"


@pytest.mark.parametrize(
    ("old", "new"),
    [("[11:0], 3'h0 };", "[11:0], 2'h0 };"), ("a[3:2] ^ signs;", "a[3:2] | signs;")],
    ids=["shift", "sign"],
)
def test_a_fault_in_the_passes_is_found(old: str, new: str, tmp_path: Path) -> None:
    held, log = pe_passes.prove(tmp_path, Variant.MIXED, (4, 6), change=(old, new))
    assert not held
    assert "proof did fail" in log
