"""First difference between a design and the golden model, with the payloads that show it."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cosim.library import Words

ARRAYS = ("inputs", "expected", "got", "stalls")
"""Members of a difference that hold one array per stream."""


class DifferenceSummary(TypedDict):
    """Members of a difference that are not arrays, as JSON holds them."""

    batch: int
    stream: str
    transfer: int
    outcome: str
    constants: list[int]


class Difference(NamedTuple):
    """First difference of a batch, with payloads that reproduce it from reset.

    Members:
        batch: Number of the batch.
        stream: Output stream with the difference.
        transfer: Number of the transfer that is wrong, missing or unexpected.
        outcome: Outcome of the run (:data:`~hbfp_hw.cosim.library.OUTCOMES`).
        constants: Values of the ports that were held constant.
        inputs, expected, got: Payloads of each stream, starting at reset.
        stalls: Stall pattern of each stream; empty without stalls.
    """

    batch: int
    stream: str
    transfer: int
    outcome: str
    constants: list[int]
    inputs: dict[str, Words]
    expected: dict[str, Words]
    got: dict[str, Words]
    stalls: dict[str, NDArray[np.bool_]]

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Return all arrays by their names in a file: ``<prefix>inputs.<stream>`` and so on."""
        return {
            f"{prefix}{kind}.{name}": array
            for kind in ARRAYS
            for name, array in getattr(self, kind).items()
        }

    def summary(self) -> DifferenceSummary:
        """Return all members that are not arrays."""
        return DifferenceSummary(
            batch=self.batch,
            stream=self.stream,
            transfer=self.transfer,
            outcome=self.outcome,
            constants=self.constants,
        )

    @classmethod
    def restore(
        cls, summary: DifferenceSummary, arrays: Mapping[str, NDArray[Any]], prefix: str
    ) -> "Difference":
        """Return the difference with this :meth:`summary` and these :meth:`arrays`.

        Parameters:
            arrays: Arrays of any number of differences, by their names in a file.
            prefix: Prefix of the names of this difference's arrays.
        """
        members: dict[str, dict[str, NDArray[Any]]] = {kind: {} for kind in ARRAYS}
        for name in arrays:
            if name.startswith(prefix):
                kind, stream = name.removeprefix(prefix).split(".")
                members[kind][stream] = arrays[name]
        return cls(
            **summary,
            inputs=members["inputs"],
            expected=members["expected"],
            got=members["got"],
            stalls=members["stalls"],
        )
