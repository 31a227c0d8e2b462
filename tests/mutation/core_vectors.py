"""The co-simulation of the core that the quick suite runs, and the mutants that it kills."""

import ctypes
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from hbfp_hw.cosim.compare import Comparison, Tally
from hbfp_hw.cosim.core import CoreLibrary
from hbfp_hw.cosim.vectors import vectors_of
from hbfp_hw.generation.design import Design
from tests.cosim.rounds import STALLS
from tests.mutation.apart import apart

VECTORS = 120
"""Products without pauses of the buses, and as many with pauses."""


def compare(design: Design, library: Path) -> Iterator[Tally]:
    """Compare a core with the golden model, without and then with pauses."""
    source = vectors_of(design.description)
    core = CoreLibrary(library, design.description)
    for number, stalls in enumerate((0.0, STALLS)):
        comparison = Comparison(core, source, stalls)
        comparison.check(np.random.default_rng([7, number]), 0, VECTORS, keep=False)
        yield comparison.tally


class CoreVectors:
    """The mutants of one core, as :class:`~tests.mutation.core.CoreHunt` has them.

    Parameters:
        design: The core.
        library: Of :func:`~tests.mutation.core.build_core_of_mutants`.
    """

    def __init__(self, design: Design, library: Path):
        self._design, self._library = design, library

    def _judge(self, mutant: int) -> str:
        ctypes.CDLL(str(self._library)).hbfp_core_choose(mutant)
        wrong = any(tally.mismatches for tally in compare(self._design, self._library))
        return "wrong" if wrong else ""

    def fates(self, mutants: list[int]) -> dict[int, str]:
        """Return what shows each mutant, or nothing."""
        assert not self._judge(0)
        return {mutant: apart(partial(self._judge, mutant)) for mutant in mutants}
