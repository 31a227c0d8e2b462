"""Random vectors of a unit with every corner class, to check netlists against the golden model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.cosim.vectors import vectors_of
from hbfp_hw.cosim.vectors.blocks import formats_of
from hbfp_hw.format import HBFPFormat, check_integer
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.generation.verilog import describe
from hbfp_hw.golden.dot import DotProduct
from hbfp_hw.golden.fp32 import add
from hbfp_hw.ppa.stimulus import MOST_TRANSFERS, Stimulus, check_unit, payload_bits
from hbfp_hw.rtl.unit import Unit

Fields = dict[str, NDArray[Any]]
"""Integers of each field of a stream, axis 0 counting the transfers."""


@dataclass(frozen=True)
class RandomVectors(Stimulus):
    """Random vectors in any number of streams.

    Members:
        classes: Vectors of each corner class, by the names that the co-simulation gives them; a
            vector may be in several classes.
    """

    classes: Mapping[str, int]


def random_vectors(unit: Unit, count: int, seed: int, *, streams: int = 1) -> RandomVectors:
    """Return the co-simulation's random vectors of a unit, with zeros, infinities, NaN and so on.

    The vectors are independent of each other, so a pipelined netlist can take them back to back.
    In ``accumulate``, whose sums run from one vector to the next, each stream begins with a sum.

    Parameters:
        unit: One of the units in :data:`~hbfp_hw.ppa.stimulus.MAKERS`.
        count: Fewest vectors in all; rounded up to a multiple of ``streams``.
        seed: Seed of the vectors, 32 bits.
        streams: Number of streams that share the vectors.

    Raises:
        TypeError: A parameter is of the wrong kind.
        ValueError: The unit has no operands of a product, or a number is out of range.
    """
    check_unit(unit)
    check_integer("Vectors", count, 1, MOST_TRANSFERS)
    check_integer("Seed", seed, 0, 2**32 - 1)
    check_integer("Streams", streams, 1, count)
    description = describe(unit)
    shape = streams, -(-count // streams)
    inputs, expected, classes = _draw(description, np.random.default_rng(seed), shape[0] * shape[1])
    if description.unit == "accumulate":
        inputs["i_marker"]["first"].reshape(shape)[:, 0] = True
        expected = {"value": _running_sums(description, inputs, shape)}
    bits = {
        f"{name}__payload": payload_bits(description, name, fields, shape)
        for name, fields in inputs.items()
    }
    return RandomVectors(bits, payload_bits(description, "o", expected, shape), 0.0, classes)


def _draw(
    description: DesignDescription, rng: Generator, count: int
) -> tuple[dict[str, Fields], Fields, dict[str, int]]:
    """Return the input and output fields of vectors, and the number in each class."""
    source = vectors_of(description)
    starts = range(0, count, source.batch_size)
    batches = [source.draw(rng, min(source.batch_size, count - first)) for first in starts]
    inputs = {
        stream: _joined([dict(batch.inputs[stream]) for batch in batches])
        for stream in batches[0].inputs
    }
    classes: dict[str, int] = {}
    for batch in batches:
        for name, drawn in batch.classes.items():
            classes[name] = classes.get(name, 0) + int(drawn)
    return inputs, _joined([dict(batch.expected["o"]) for batch in batches]), classes


def _joined(parts: list[Fields]) -> Fields:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _running_sums(
    description: DesignDescription, inputs: Mapping[str, Fields], shape: tuple[int, int]
) -> NDArray[np.uint32]:
    """Return the accumulator's register after each vector, by the golden model."""
    fmt_a, fmt_b = formats_of(description.parameters)
    terms = _terms(inputs["i"], fmt_a, fmt_b).reshape(shape)
    marker = inputs["i_marker"]
    c = marker["c"].astype(np.uint32).view(np.float32).reshape(shape)
    first = marker["first"].reshape(shape)
    sums = np.empty(shape, np.float32)
    total = np.zeros(shape[0], np.float32)
    for cycle in range(shape[1]):
        total = add(np.where(first[:, cycle], c[:, cycle], total), terms[:, cycle])
        sums[:, cycle] = total
    return sums.view(np.uint32).reshape(-1)


def _terms(product: Fields, fmt_a: HBFPFormat, fmt_b: HBFPFormat) -> NDArray[np.float32]:
    """Return exact dot products rounded to FP32."""
    fraction_bits = fmt_a.fraction_bits + fmt_b.fraction_bits
    exact = DotProduct(product["sum"], product["exponent"], product["nan"], fraction_bits)
    return exact.round()
