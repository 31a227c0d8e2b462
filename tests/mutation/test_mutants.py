"""The vectors of the co-simulation kill the mutants of every unit's Verilog."""

from pathlib import Path

import pytest

from tests.mutation.designs import ALONE, CORE, SUBJECTS
from tests.mutation.equivalence import proven
from tests.mutation.run import SECONDS, hunt

MUTANTS = 300
SCORE = 0.98
QUICK_SCORE = 0.92
OTHER_SEEDS = (2, 3, 4)
FEW = ("dot", "int8_mac")
"""Designs that the quick test suite covers."""


@pytest.mark.full
def test_mutants_are_killed(tmp_path: Path) -> None:
    """The one test of all mutants: two tests would make them twice, in two processes."""
    report = hunt(tmp_path)
    print(report)
    assert len(report.fates) >= MUTANTS
    assert report.score >= SCORE, str(report)
    assert report.quick_score >= QUICK_SCORE, str(report)
    # A survivor needs new vectors, or a reason in tests/mutation/explained.py.
    assert not report.alive, str(report)

    # The mutants cover all designs, all kinds of faults and most modules.
    assert {each.design for each in report.fates} == {*SUBJECTS, *ALONE, *CORE}
    assert {each.mode for each in report.fates} == {"inv", "const0", "const1", "cnot0", "cnot1"}
    assert len({each.module for each in report.fates}) > 50

    # Killed mutants cannot be proven equivalent.
    tops = {key: SUBJECTS[key].design().name for key in ("dot", "fp32")}
    wrong = [each for each, fate in report.fates.items() if fate and each.design in tops]
    assert len(wrong) > 20
    assert proven(wrong[::4], tops, tmp_path, SECONDS) == set()
    assert report.proven


@pytest.mark.full
@pytest.mark.parametrize("seed", OTHER_SEEDS)
def test_mutants_of_other_seeds(seed: int, tmp_path: Path) -> None:
    """No vector was written for these mutants, so a few may survive."""
    report = hunt(tmp_path, seed=seed, enough=SCORE)
    print(report)
    assert len(report.fates) >= MUTANTS
    assert report.score >= SCORE, str(report)


def test_mutants_of_small_units_are_killed(tmp_path: Path) -> None:
    report = hunt(tmp_path, keys=FEW)
    assert {each.design for each in report.fates} == set(FEW)
    assert report.score == 1, str(report)
    assert report.quick_score >= QUICK_SCORE, str(report)
