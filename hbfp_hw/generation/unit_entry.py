"""Record of one unit in the registry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hbfp_hw.generation.corner_classes import CornerClasses
from hbfp_hw.generation.options import UnitOptions
from hbfp_hw.rtl import Unit


@dataclass(frozen=True)
class RegressionCase:
    """One design under the cocotb tests of its unit.

    Members:
        unit: Name of the unit.
        options: Options of the unit.
        count: Transfers in each test; products for ``array``, ``gemm`` and ``core``.
    """

    unit: str
    options: UnitOptions
    count: int


@dataclass(frozen=True)
class UnitEntry:
    """One unit with everything that the package must know about it.

    Tests and vectors are named, not imported: they belong to higher layers.

    Members:
        name: Name of the unit.
        summary: Function of the unit in a few words.
        options: Class of its options.
        make: Function that takes an object of that class and returns the unit.
        needed: Names of the options without a default.
        tests: Module of its cocotb tests.
        test_count: Tests in that module; a run that executes any other number has failed.
        cases: Designs that ``hbfp test`` runs the tests on, by the names of the cases.
        classes: Corner classes that each run of the tests must hit, by steps of the arithmetic.
        vectors: Class of its co-simulation vectors, as ``module:Class``; None if it has none.
    """

    name: str
    summary: str
    options: type[UnitOptions]
    make: Callable[[Any], Unit]
    needed: tuple[str, ...]
    tests: str
    test_count: int
    cases: Mapping[str, RegressionCase]
    classes: CornerClasses = field(default_factory=dict)
    vectors: str | None = None
