"""A batch of vectors: what goes into a design and what must come out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.rtl.fields import Field

FieldArrays = Mapping[str, NDArray[Any]]
"""Fields of a stream's payloads, integer arrays whose first axis is the transfers."""


@dataclass(frozen=True)
class Batch:
    """Vectors that run through a design one after the other, from the reset on.

    Members:
        inputs: For each input stream the fields of its payloads.
        expected: For each output stream the fields of its payloads, by the golden model.
        classes: How many vectors there are of each class; a vector can be of several.
        pieces: For each stream where its part of each piece begins, and the number of transfers:
            a piece is what can be sent alone. By default every transfer of every stream is one.
    """

    inputs: Mapping[str, FieldArrays]
    expected: Mapping[str, FieldArrays]
    classes: Mapping[str, int]
    pieces: Mapping[str, NDArray[np.intp]] = field(default_factory=dict)


class Vectors(Protocol):
    """Vectors for one design.

    Members:
        vectors: Vectors in a batch.
        vector: What a vector is.
        fields: Layout of the payloads of each stream.
    """

    vectors: int
    vector: str
    fields: Mapping[str, Sequence[Field]]

    def draw(self, rng: Generator, count: int) -> Batch:
        """Random vectors, and those of every corner class."""


def stream_fields(description: DesignDescription) -> dict[str, Sequence[Field]]:
    """Layouts of the payloads of a design's streams."""
    return {name: stream.fields for name, stream in description.streams.items()}


def count_classes(prefix: str, names: Sequence[str], drawn: NDArray[Any]) -> dict[str, int]:
    """How often each class was drawn, given each one's name or place in ``names``."""
    if drawn.dtype.kind == "U":
        found, times = np.unique(drawn, return_counts=True)
        number = dict(zip(found.tolist(), times.tolist(), strict=True))
        return {f"{prefix}{name}": number.get(name, 0) for name in names}
    times = np.bincount(drawn.astype(np.intp).ravel(), minlength=len(names))
    return {f"{prefix}{name}": int(n) for name, n in zip(names, times, strict=True)}
