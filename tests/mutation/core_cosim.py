"""Mutants of the core that the co-simulation of the quick test suite kills."""

import ctypes
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from hbfp_hw.cosim.compare import Comparison, Tally
from hbfp_hw.cosim.core import CoreLibrary
from hbfp_hw.cosim.vectors import vectors_of
from hbfp_hw.generation.design import Design
from tests.cosim.rounds import STALLS
from tests.mutation.isolated import isolated

VECTORS = 120
"""Products compared without pauses of the buses, and again with pauses."""


def compare(design: Design, library: Path) -> Iterator[Tally]:
    """Compare a core with the golden model, first without and then with pauses."""
    vectors = vectors_of(design.description)
    core = CoreLibrary(library, design.description)
    for number, stalls in enumerate((0.0, STALLS)):
        comparison = Comparison(core, vectors, stalls)
        comparison.check(np.random.default_rng([7, number]), 0, VECTORS, keep=False)
        yield comparison.tally


class CoreCosimHunt:
    """Hunt of the mutants of the core, with the vectors of the co-simulation.

    Parameters:
        design: The core.
        library: Build of :func:`~tests.mutation.core.build_core_of_mutants`.
    """

    def __init__(self, design: Design, library: Path):
        self._design, self._library = design, library

    def _judge(self, mutant: int) -> str:
        ctypes.CDLL(str(self._library)).hbfp_core_choose(mutant)
        wrong = any(tally.mismatches for tally in compare(self._design, self._library))
        return "wrong" if wrong else ""

    def fates(self, mutants: Sequence[int]) -> dict[int, str]:
        """Return what kills each mutant, or an empty text for a survivor."""
        assert not self._judge(0)
        return {mutant: isolated(partial(self._judge, mutant)) for mutant in mutants}
