"""Report of the cycle model: the cycles and the traffic of one product."""

from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray


class ReportRecord(TypedDict):
    """A report as plain data for JSON; see :class:`Report` for the members.

    ``breakdown`` has the cycles of each kind, ``pe_utilisation`` the quotient of ``busy`` and
    ``cycles`` for each cell.
    """

    cycles: int
    breakdown: dict[str, int]
    utilisation: float
    steady_utilisation: float
    pe_utilisation: list[list[float]]
    traffic: dict[str, int]


@dataclass
class Report:
    """Cycles and traffic of one product on an engine.

    Every cycle belongs to exactly one of ``load``, ``compute``, ``drain`` and ``stalled``.

    Members:
        cycles: Cycles from the first one after reset to the transfer of the status, both included.
        load: Cycles in which the array waits for operands or start values, and all before the first
            tile.
        compute: Cycles in which the array takes a step.
        drain: Cycles in which a tile waits for a credit or for the result buses, and the cycles
            after the last tile.
        stalled: Waiting cycles in which a stall pattern stalled the awaited stream.
        steady: Cycles from the one in which the first tile begins to the one in which the last tile
            ends, both included.
        busy: Cycles with work of each cell, shape (rows, columns).
        traffic: Number of blocks written to and read from each operand buffer, and of rows of start
            values and of results.
        start_value_wait: Cycles in which the engine could have taken start values of a tile and
            none arrived. Only the part in ``load`` delayed the product. Exact only without stalls.
        spans: With tracing, the intervals (first, last cycle) of each of x, w, c, tile and result.
    """

    cycles: int
    load: int
    compute: int
    drain: int
    stalled: int
    steady: int
    busy: NDArray[np.int64]
    traffic: dict[str, int]
    start_value_wait: int
    spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    @property
    def utilisation(self) -> float:
        """Mean share of cycles in which a cell works, over the whole product."""
        return float(self.busy.mean() / self.cycles)

    @property
    def steady_utilisation(self) -> float:
        """Share of the ``steady`` cycles in which the array takes a step."""
        return self.compute / self.steady

    def as_dict(self) -> ReportRecord:
        """Return plain data for JSON."""
        return {
            "cycles": self.cycles,
            "breakdown": {
                "load": self.load,
                "compute": self.compute,
                "drain": self.drain,
                "stalled": self.stalled,
            },
            "utilisation": self.utilisation,
            "steady_utilisation": self.steady_utilisation,
            "pe_utilisation": (self.busy / self.cycles).tolist(),
            "traffic": self.traffic,
        }
