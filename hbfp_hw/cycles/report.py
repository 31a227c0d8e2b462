"""What a product costs on an engine."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass
class Report:
    """What a product costs on an engine.

    Members:
        cycles: From the first cycle after reset to the transfer of the status, both included.
        load, compute, drain, stalled: Their parts: waiting for operands or start values, feeding
            the array, waiting for results to leave (or for row buses to be free), and those of the
            waiting cycles in which the stream waited for was stalled from outside.
        steady: Cycles from the first tile's begin to the last tile's end.
        busy: Cycles with work of each processing element, shape (rows, columns).
        traffic: Words moved: blocks written to and read from each operand buffer, rows of start
            values and of results.
        start_value_wait: Cycles in which there was room for start values and none came, if nothing
            is stalled; they cost something only where ``load`` says so.
        spans: With tracing, for each of x, w, c, tile and result the intervals (first, last cycle).
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
        """Share of processing elements' cycles that did work, over the whole product."""
        return float(self.busy.mean() / self.cycles)

    @property
    def steady_utilisation(self) -> float:
        """Share of cycles that fed the array, from the first tile's begin to the last one's end."""
        return self.compute / self.steady

    def as_dict(self) -> dict[str, Any]:
        """Plain data for reports."""
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
