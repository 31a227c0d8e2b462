"""The quick proofs hold, each kind of proof can fail, and there are as many as the pages say."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat
from tests.formal import adder, convert, dot, fp32, pe_passes, stream_cases
from tests.formal.equivalence import Verdict
from tests.formal.proofs import LONG, QUICK


@pytest.mark.parametrize("name", QUICK)
def test_quick_proof(name: str, tmp_path: Path) -> None:
    assert QUICK[name](tmp_path) == ""


def test_counts() -> None:
    assert len(adder.CASES) == 2 * 55 + 2 * 27 + 1
    assert not QUICK.keys() & LONG.keys()
    assert (len(QUICK), len(LONG)) == (30, 9)


FAULTS: dict[str, Callable[..., Verdict]] = {
    "addition for subtraction": lambda folder: adder.prove(
        *(folder, 4, 2, ["+1 equal"]), change=("addend[31] ^ term[16]", "addend[31] | term[16]")
    ),
    "lost NaN": lambda folder: adder.prove(
        *(folder, 4, 2, ["special"]), change=("assign nan = term[18] |", "assign nan =")
    ),
    "weight": lambda folder: fp32.prove(folder, (4, 4), 2, change=("9'h171", "9'h172")),
    "rounding mode": lambda folder: convert.prove(
        *(folder, HBFPFormat(4, 2), 8, False, ["nearest"]),
        change=("i__payload[128] & ", "i__payload[128] | "),
    ),
    "NaN block": lambda folder: dot.prove(
        *(folder, (4, 4), 2, True), change=("[19] = nan_pair;", "[19] = 1'h0;")
    ),
}


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


@pytest.mark.parametrize(
    ("old", "new"),
    [("[11:0], 3'h0 };", "[11:0], 2'h0 };"), ("a[3:2] ^ signs;", "a[3:2] | signs;")],
    ids=["shift", "sign"],
)
def test_a_fault_in_the_passes_is_found(old: str, new: str, tmp_path: Path) -> None:
    held, log = pe_passes.prove(tmp_path, Variant.MIXED, (4, 6), change=(old, new))
    assert not held
    assert "proof did fail" in log
