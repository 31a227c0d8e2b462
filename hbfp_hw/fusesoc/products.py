"""Products for a GEMM engine in a test bench; operands that it must ignore are masked."""

from collections.abc import Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import Batch
from hbfp_hw.cosim.vectors.gemm import GEMMVectors, Sizes
from hbfp_hw.engine import Engine, Schedule

LONGEST = 4096
"""Longest K for which a product of several chunks is made, in elements."""


def draw_products(vectors: GEMMVectors, rng: Generator) -> Batch:
    """Draw products with edge tiles, several panels or several chunks of K, and a bad descriptor.

    Elements of the operands that belong to no product are masked.
    """
    engine = vectors.engine
    size, depth = engine.block_size, engine.depth
    several = (depth + 1) * size <= LONGEST
    batch = vectors.draw_sizes(
        rng,
        [
            Sizes(engine.rows + 1, size + 1, engine.columns + 1),
            Sizes(1, depth * size + 1 if several else size, 2),
            Sizes(2 * engine.rows, 3 * size, 2 * engine.columns),
            Sizes(1, 1, 1),
        ],
    )
    ignored = _ignored(engine, batch)
    inputs = {
        name: {key: np.ma.array(value, mask=ignored[name]) for key, value in fields.items()}
        if name in ignored
        else fields
        for name, fields in batch.inputs.items()
    }
    return Batch(inputs, batch.expected, batch.classes, batch.pieces)


def good_descriptors(batch: Batch) -> list[dict[str, int]]:
    """Return the descriptors in a batch that the engine must accept."""
    errors = batch.expected["o_status"]["error"]
    fields = batch.inputs["i_descriptor"]
    return [
        {name: int(values[place]) for name, values in fields.items()}
        for place in np.flatnonzero(np.asarray(errors) == 0)
    ]


def schedule_of(engine: Engine, descriptor: Mapping[str, int]) -> Schedule:
    """Return the schedule of the product that a descriptor commands."""
    length = (descriptor["blocks"] - 1) * engine.block_size + descriptor["lanes"]
    return engine.schedule(descriptor["rows"], length, descriptor["columns"])


def _ignored(engine: Engine, batch: Batch) -> dict[str, NDArray[np.bool_]]:
    """Return masks of the elements that the engine must ignore, for each operand stream."""
    lanes, across = np.arange(engine.block_size), np.arange(engine.columns)
    masks: dict[str, list[NDArray[np.bool_]]] = {"i_x": [], "i_w": [], "i_c": []}
    for given in good_descriptors(batch):
        schedule = schedule_of(engine, given)
        for name, order in (("i_x", schedule.x_order()), ("i_w", schedule.w_order())):
            ends = order % given["blocks"] == given["blocks"] - 1
            masks[name].append(ends[:, np.newaxis] & (lanes >= given["lanes"]))
        _, firsts = schedule.result_rows()
        outside = firsts[:, np.newaxis] + across >= given["columns"]
        starts = len(schedule.chunks) - 1 + given["accumulate"]
        masks["i_c"].append(np.tile(outside, (starts, 1)))
    return {name: np.concatenate(parts) for name, parts in masks.items()}
