"""Traffic for every unit: random operands, and results of the golden model."""

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import FieldArrays
from hbfp_hw.cosim.vectors import vectors_of
from hbfp_hw.cosim.vectors.array import ArrayVectors
from hbfp_hw.cosim.vectors.gemm import GEMMVectors
from hbfp_hw.fusesoc.channels import Channel, Traffic, packed
from hbfp_hw.fusesoc.core_traffic import core_traffic
from hbfp_hw.fusesoc.products import draw_products
from hbfp_hw.generation.description import DesignDescription, Stream

SEED = 1
"""Seed of the random operands."""

TRANSFERS = 200
"""Most vectors of a unit, unless a call says otherwise."""

LEAST_TRANSFERS = 20
"""Fewest vectors of a unit, however large its payloads are."""

BITS = 1 << 21
"""Most bits of all payloads of the largest stream, unless :data:`LEAST_TRANSFERS` needs more."""

PRODUCTS = 10
"""Products on an array."""

COMPLETE = "control.complete"
"""Field of an array's input that completes a block. While it is 0, no other field matters."""


def traffic_of(description: DesignDescription, transfers: int = TRANSFERS) -> Traffic:
    """Return the traffic of a design, the same each time. Operands that it must ignore are unknown.

    Parameters:
        description: Description of the design.
        transfers: Most vectors, for units whose vectors are blocks or numbers.
    """
    rng = np.random.default_rng(SEED)
    unit = description.unit
    if unit == "core":
        return core_traffic(description, rng)
    if unit == "array":
        return _array_traffic(description, rng)
    vectors = vectors_of(description)
    streams = description.streams
    if isinstance(vectors, GEMMVectors):
        batch = draw_products(vectors, rng)
    else:
        widest = max(stream.payload_bits for stream in streams.values())
        count = min(transfers, max(LEAST_TRANSFERS, BITS // widest))
        batch = vectors.draw(rng, count)
    fields = {**batch.inputs, **batch.expected}
    return Traffic([_stream(name, stream, fields[name]) for name, stream in streams.items()])


def _stream(name: str, stream: Stream, fields: FieldArrays) -> Channel:
    """Return the channel of a stream."""
    given = dict(fields)
    if {"c", "first"} <= given.keys():
        given["c"] = np.ma.array(given["c"], mask=np.asarray(given["first"]) == 0)
    return Channel(
        name,
        stream.direction == "out",
        ((f"{name}__payload", stream.payload_bits),),
        f"{name}__valid",
        f"{name}__ready",
        *packed(stream.fields, given),
    )


class _SilentArrayVectors(ArrayVectors):
    """Products of an array. Inputs that belong to no product are unknown, not random."""

    def noise(self, rng: Generator, port: str, cycles: int) -> dict[str, NDArray[Any]]:
        made: dict[str, NDArray[Any]] = {
            name: np.ma.array(value, mask=True)
            for name, value in super().noise(rng, port, cycles).items()
        }
        if COMPLETE in made:
            made[COMPLETE][:] = 0
        return made


def _array_traffic(description: DesignDescription, rng: Generator) -> Traffic:
    vectors = _SilentArrayVectors(description)
    batch = vectors.draw(rng, PRODUCTS)
    widths = {port.name: port.width for port in description.ports}
    channels = []
    for name, fields in batch.inputs.items():
        layout = vectors.fields[name]
        low = sum(1 << field["offset"] for field in layout if field["name"] == COMPLETE)
        ports = ((name, widths[name]),)
        channels.append(Channel(name, False, ports, None, None, *packed(layout, fields), low))
    for column in range(vectors.columns):
        name, done = f"y__{column}", f"done__{column}"
        values = batch.expected[name]["value"][batch.expected[done]["value"] == 1]
        words = packed(vectors.fields[name], {"value": values})
        channels.append(Channel(name, True, ((name, widths[name]),), done, None, *words))
    return Traffic(channels, stalls=False)
