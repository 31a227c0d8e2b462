"""Mutants of the Verilog of every unit are killed by the vectors of the co-simulation."""

from pathlib import Path

import pytest

from tests.mutation.designs import ARRAYS, SUBJECTS
from tests.mutation.equivalence import proven
from tests.mutation.run import Report, hunt

MUTANTS = 300
SCORE = 0.98


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutants")


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    found = hunt(folder)
    print(found)
    return found


def test_mutants_are_killed(report: Report) -> None:
    assert len(report.fates) >= MUTANTS
    assert report.score >= SCORE, str(report)


def test_mutants_are_spread(report: Report) -> None:
    """Over all designs, kinds of changes and most modules."""
    assert {each.design for each in report.fates} == {*SUBJECTS, *ARRAYS}
    assert {each.mode for each in report.fates} == {"inv", "const0", "const1", "cnot0", "cnot1"}
    assert len({each.module for each in report.fates}) > 50


def test_no_killed_mutant_is_proven_equivalent(report: Report, folder: Path) -> None:
    tops = {key: SUBJECTS[key].design().name for key in ("dot", "fp32")}
    wrong = [each for each, fate in report.fates.items() if fate and each.design in tops]
    assert len(wrong) > 20
    assert proven(wrong[::4], tops, folder) == set()
    assert report.proven
