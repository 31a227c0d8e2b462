"""``hbfp cosim``: its report, a planted fault, and bad input."""

import json
from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.cli.commands import cosim as command
from hbfp_hw.generation.design import Design
from hbfp_hw.simulate import replay
from tests.cli.conftest import Hbfp, assert_refused
from tests.cosim.faulty import dot, replace

DOT = ("cosim", "dot", "--mantissa-bits", "4", "--block-size", "4", "--exponent-bits", "6")


def test_report(hbfp: Hbfp) -> None:
    ended = hbfp(*DOT, "--vectors", "2e4", "--seed", "3", "--stalls", "0.2", "--workers", "1")
    assert (ended.status, ended.err) == (0, "")
    assert "vectors              20,000\n" in ended.out
    assert "mismatches           0\n" in ended.out
    ended = hbfp(*DOT, "--vectors", "20000", "--seed", "3", "--stalls", "0.2", "--json")
    result = json.loads(ended.out)
    assert (result["vectors"], result["mismatches"], result["differences"]) == (20000, 0, [])
    assert result["vector"] == "one pair of blocks"
    assert result["cycles"] > 20000
    assert min(result["classes"].values()) > 0
    assert result["vectors_per_second"] == pytest.approx(20000 / result["seconds"])


@pytest.mark.full
def test_a_fault_is_found_and_can_be_replayed(
    hbfp: Hbfp, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plant a fault: the result is a number if only one of the two operands is a NaN block."""
    text = next(line for line in dot().verilog.splitlines() if "assign nan_pair" in line)
    broken = replace(dot(), text, text.replace("|", "&"))

    def cached_design(_: object) -> Design:
        return broken

    monkeypatch.setattr(command, "cached_design", cached_design)
    ended = hbfp(*DOT, "--vectors", "4e4", "--json", "--save-failing", "wrong.npz")
    assert ended.status == 1
    result = json.loads(ended.out)
    assert result["saved"] == "wrong.npz"
    shown = result["differences"][0]
    assert (shown["expected"]["nan"], shown["got"]["nan"]) == ([1], [0])
    exponents = [shown["inputs"]["i"][f"{side}.exponent"][0] for side in "ab"]
    assert exponents.count(-32) == 1
    with np.load(folder / "wrong.npz") as saved:
        inputs, expected, got = (saved[f"0.{name}"] for name in ("inputs.i", "expected.o", "got.o"))
    assert len(inputs) == 1
    again = replay(broken, {"i": inputs}, {"o": 1}).outputs["o"]
    assert np.array_equal(again, got)
    assert not np.array_equal(again, expected)
    ended = hbfp(*DOT, "--vectors", "4e4")
    assert ended.status == 1
    assert "differs: o, transfer 0 (completed)\n" in ended.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--vectors", "many"], "Vectors must be a whole number from 1 to 1e12, not 'many'"),
        (["--vectors", "1.5"], "Vectors must be a whole number from 1 to 1e12, not '1.5'"),
        (["--vectors", "0"], "Vectors must be a whole number from 1 to 1e12, not '0'"),
        (["--seed", "-1"], "Seed must be 0 to 4294967295, not -1"),
        (["--workers", "0"], "Workers must be 1 to 1024, not 0"),
        (["--stalls", "1"], "Stalls must be a probability below 1, not 1.0"),
        (["--timeout", "0"], "Time limit must be positive, not 0.0"),
        (["--save-failing", "none/f.npz"], "Output must be in a folder that exists, not 'none'"),
    ],
)
def test_bad_input(arguments: list[str], message: str, hbfp: Hbfp, folder: Path) -> None:
    assert_refused(hbfp(*DOT, *arguments), message)


def test_one_unit_at_a_time(hbfp: Hbfp) -> None:
    assert_refused(hbfp("cosim", "catalog"), "Unit or configuration must be one, not 'catalog'")
