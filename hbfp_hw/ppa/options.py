"""Options of a measurement of power, performance and area."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hbfp_hw.area.yosys import TIMEOUT
from hbfp_hw.booster.recorded import Matrices
from hbfp_hw.format import check_integer
from hbfp_hw.ppa.efforts import effort_of
from hbfp_hw.ppa.stimulus import normal_matrices
from hbfp_hw.ppa.wrapper import MOST_RANKS

CURVE = ((0, "sized"), (0, "fast"), (1, "balanced"), (2, "balanced"), (3, "balanced"), (3, "fast"))
"""Stages and effort of the netlists that each unit is mapped to, unless others are chosen."""

EFFORT = "balanced"
"""Effort if only stages are chosen."""

SEED = 1
"""Seed of the default operands, of their order and of the vectors that check netlists."""


@dataclass(frozen=True)
class PpaOptions:
    """Options of :func:`.measure_all`.

    Members:
        points: Stages and name of the effort of each netlist to measure.
        liberty: Liberty file with delays; None for the package's own.
        operands: Matrices of the product whose energy is measured.
        wires: Whether to place the cells, and to count the wires in delay and energy.
        clock_mhz: Clock in MHz for the comparison; None for the highest that all units reach.
        every_energy: Whether to measure the energy of every netlist, not only of those compared.
        cached: Whether earlier results may be used.
        workers: Netlists that are measured at once, in processes of their own.
        timeout: Seconds allowed for each step of a netlist.
    """

    points: Sequence[tuple[int, str]] = CURVE
    liberty: Path | None = None
    operands: Matrices = field(default_factory=lambda: normal_matrices(SEED))
    wires: bool = True
    clock_mhz: float | None = None
    every_energy: bool = False
    cached: bool = True
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    timeout: float = TIMEOUT

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            TypeError: A number is of the wrong kind.
            ValueError: A number is out of range, or there is no such effort.
        """
        if not self.points:
            raise ValueError("Points must be at least one pair of stages and effort")
        for stages, effort in self.points:
            check_integer("Stages", stages, 0, MOST_RANKS)
            effort_of(effort)
        if self.clock_mhz is not None and not self.clock_mhz > 0:
            raise ValueError(f"Clock must be more than 0 MHz, not {self.clock_mhz!r}")
        check_integer("Workers", self.workers, 1, 1024)
        if not self.timeout > 0:
            raise ValueError(f"Time limit must be more than 0 seconds, not {self.timeout!r}")
