"""Batches of vectors, and the protocol of the classes that draw them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.rtl.fields import Field

FieldArrays = Mapping[str, NDArray[Any]]
"""Integer arrays of the fields of a stream's payloads, by field name; axis 0 counts transfers."""


@dataclass(frozen=True)
class Batch:
    """Vectors that a design processes one after the other, starting from reset.

    Members:
        inputs: Fields of the payloads of each input stream.
        expected: Fields of the payloads of each output stream, by the golden model.
        classes: Number of vectors in each corner class; a vector may be in several classes.
        pieces: For each stream, the first transfer of each piece, and at the end the number of
            transfers. A piece is the smallest part of a batch that can be simulated alone. In a
            stream that is not listed, each transfer is a piece.
    """

    inputs: Mapping[str, FieldArrays]
    expected: Mapping[str, FieldArrays]
    classes: Mapping[str, int]
    pieces: Mapping[str, NDArray[np.intp]] = field(default_factory=dict)


class Vectors(Protocol):
    """Vectors for one design, drawn batch by batch.

    Members:
        batch_size: Vectors in a full batch.
        meaning: Description of one vector, for reports ("one pair of blocks").
        fields: Layout of the payloads of each stream.
    """

    batch_size: int
    meaning: str
    fields: Mapping[str, Sequence[Field]]

    def draw(self, rng: Generator, count: int) -> Batch:
        """Draw ``count`` vectors: random ones and some of every corner class."""


def stream_fields(description: DesignDescription) -> dict[str, Sequence[Field]]:
    """Return the layout of the payloads of each of a design's streams."""
    return {name: stream.fields for name, stream in description.streams.items()}


def count_classes(prefix: str, names: Sequence[str], drawn: NDArray[Any]) -> dict[str, int]:
    """Count the vectors of each class.

    Parameters:
        prefix: Text put before each name in the result.
        names: Names of all classes.
        drawn: Class of each vector, as a name or as an index into ``names``.
    """
    if drawn.dtype.kind == "U":
        found, times = np.unique(drawn, return_counts=True)
        number = dict(zip(found.tolist(), times.tolist(), strict=True))
        return {f"{prefix}{name}": number.get(name, 0) for name in names}
    times = np.bincount(drawn.astype(np.intp).ravel(), minlength=len(names))
    return {f"{prefix}{name}": int(n) for name, n in zip(names, times, strict=True)}
