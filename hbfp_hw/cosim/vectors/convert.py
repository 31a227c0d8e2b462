"""Vectors of the converter, and operands of units with converters."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import Batch, count_classes, stream_fields
from hbfp_hw.cosim.vectors.blocks import formats_of
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.convert import convert
from hbfp_hw.sim.stimulus import block_classes, blocks

GROUPS = 16
"""Groups of a batch; all vectors of a group have one seed, rounding mode and width."""


class ConvertedBlocks(NamedTuple):
    """FP32 blocks with their conversions.

    Members:
        payload: Fields of a converter's input.
        blocks: Converted blocks in the widest format. Narrower mantissas are integers of their own
            width.
        drawn: Number of vectors in each class and rounding mode.
    """

    payload: dict[str, NDArray[Any]]
    blocks: Blocks
    drawn: dict[str, int]


def draw_conversion(
    rng: Generator, parameters: Mapping[str, Any], formats: Sequence[HBFPFormat], count: int
) -> ConvertedBlocks:
    """Draw FP32 blocks of every class, in every rounding mode and width that a converter has.

    Parameters:
        parameters: Parameters of the unit with the converter.
        formats: Formats that it converts to, the widest first.
        count: Number of blocks.
    """
    widest = formats[0]
    given = parameters["rounding"]
    modes = list(Rounding) if given == "any" else [Rounding[given.upper()]]
    group = rng.integers(0, GROUPS, count)
    numbers = rng.permutation(np.resize(np.arange(len(modes)), GROUPS))
    widths = rng.integers(0, len(formats), GROUPS)
    seeds = rng.integers(0, 1 << 32, GROUPS)
    step = rng.integers(0, 1 << 32, count)
    values = np.empty((count, widest.block_size), np.float32)
    classes = np.resize(np.array(list(block_classes(widest))), count)
    for number, fmt in enumerate(formats):
        places = widths[group] == number
        values[places], classes[places] = blocks(rng, fmt, int(places.sum()))

    mantissas = np.zeros((count, 1, widest.block_size), widest.mantissa_dtype)
    exponents = np.zeros((count, 1), np.int16)
    for number in np.unique(group):
        places = group == number
        made = convert(
            values[places],
            formats[widths[number]],
            modes[numbers[number]],
            seed=int(seeds[number]),
            step=step[places, np.newaxis],
            random_bits=parameters["random_bits"],
        )
        mantissas[places], exponents[places] = made.mantissas, made.exponents
    payload = {
        "values": values.view(np.uint32),
        "seed": seeds[group],
        "step": step,
        "rounding": np.array(modes)[numbers[group]],
        "narrow": widths[group],
    }
    drawn = count_classes("", list(block_classes(widest)), classes)
    drawn |= count_classes("rounding.", [mode.name.lower() for mode in modes], numbers[group])
    return ConvertedBlocks(payload, Blocks(widest, mantissas, exponents), drawn)


class ConvertVectors:
    """FP32 blocks of every class, in every rounding mode and width of the converter."""

    meaning = "one block"
    batch_size = 1 << 14

    def __init__(self, description: DesignDescription):
        self.fields = stream_fields(description)
        self.parameters = description.parameters
        fmt, _ = formats_of(self.parameters)
        self.formats = [fmt]
        if narrow := self.parameters["narrow_bits"]:
            self.formats.append(replace(fmt, mantissa_bits=narrow))

    def draw(self, rng: Generator, count: int) -> Batch:
        """Draw vectors; see :class:`~hbfp_hw.cosim.batch.Vectors`."""
        payload, made, drawn = draw_conversion(rng, self.parameters, self.formats, count)
        mantissas = made.mantissas[:, 0]
        if self.parameters["sign_magnitude"]:
            # A value that rounds to zero keeps its sign.
            negative = (payload["values"] >> 31).astype(mantissas.dtype)
            mantissas = np.abs(mantissas) | negative << made.fmt.fraction_bits
        expected = {"mantissas": mantissas, "exponent": made.exponents[:, 0]}
        return Batch({"i": payload}, {"o": expected}, drawn)
