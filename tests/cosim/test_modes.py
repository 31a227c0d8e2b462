"""Co-simulation of every unit in every mode, with the vectors of the quick test suite.

``make mutants`` measures how many mutants these vectors kill.
"""

from collections import Counter
from pathlib import Path

import pytest

from hbfp_hw.cosim.library import DesignLibrary
from hbfp_hw.driver.compiled import build_core
from hbfp_hw.engine import Variant
from hbfp_hw.generation.design import Design
from hbfp_hw.simulate.verilate import build_library
from tests.cosim.bundle import Part, bundle
from tests.cosim.rounds import DesignRounds, failure_of
from tests.mutation.core_cosim import VECTORS, compare
from tests.mutation.designs import ALONE, CORE, QUICK_SEED, SUBJECTS, Subject


@pytest.fixture(scope="module")
def together() -> tuple[Path, Design]:
    design = bundle({key: subject.design() for key, subject in SUBJECTS.items()})
    return build_library(design), design


def impossible(subject: Subject) -> list[str]:
    """Return the corner classes that a unit cannot meet: a native array has one pass per block."""
    native = getattr(subject.options, "variant", None) is Variant.NATIVE
    return ["passes.2", "passes.4"] if subject.unit == "array" and native else []


def check(subject: Subject, library: DesignLibrary | Part) -> None:
    """Compare a design with the golden model, without and with stalls."""
    vectors = DesignRounds(library, subject.design().description)
    classes: Counter[str] = Counter()
    for number, count in enumerate(subject.quick_rounds):
        given = vectors.draw([QUICK_SEED], number, count)
        assert failure_of(vectors.run(given), given) == ""
        classes.update(given.classes)
    assert [name for name, drawn in classes.items() if not drawn] == impossible(subject)


@pytest.mark.parametrize("key", SUBJECTS)
def test_unit(key: str, together: tuple[Path, Design]) -> None:
    path, design = together
    check(SUBJECTS[key], Part(path, design.description, f"{key}_"))


@pytest.mark.parametrize("key", ALONE)
def test_engine(key: str) -> None:
    design = ALONE[key].design()
    check(ALONE[key], DesignLibrary(build_library(design), design.description))


def test_core() -> None:
    design = CORE["core"].design()
    classes: Counter[str] = Counter()
    for tally in compare(design, build_core(design)):
        assert (tally.vectors, tally.mismatches) == (VECTORS, 0)
        classes.update(tally.classes)
    assert [name for name, drawn in classes.items() if not drawn] == []
