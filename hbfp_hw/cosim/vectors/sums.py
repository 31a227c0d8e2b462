"""Vectors of the units that round and add: fp32, accumulate, dot_engine and pe."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import Batch, FieldArrays, count_classes, stream_fields
from hbfp_hw.cosim.vectors.blocks import draw_blocks, formats_of
from hbfp_hw.cosim.vectors.convert import draw_conversion
from hbfp_hw.engine import NARROW_BITS, WIDE_BITS, Variant
from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.golden.dot import dot
from hbfp_hw.golden.fp32 import add
from hbfp_hw.sim.block_payloads import to_sign_magnitude
from hbfp_hw.sim.stimulus import bits, near_pairs
from hbfp_hw.sim.stimulus.accumulation import Sums, golden_sums, make_sums, markers
from hbfp_hw.sim.stimulus.mixed import (
    LEAST_EXPONENT_BITS,
    MINUS_ZEROS,
    MixedBlocks,
    minus_zeros,
    mixed_terms,
)
from hbfp_hw.sim.stimulus.products import exact_products, product_classes

VECTORS = 1 << 14

MINUS_ZERO = 1 << 31


class FP32Vectors:
    """Exact sums to round, with addends of every magnitude, among them some that cancel the sum."""

    meaning = "one sum and an addend"
    batch_size = VECTORS

    def __init__(self, description: DesignDescription):
        self.fields = stream_fields(description)
        self.formats = formats_of(description.parameters)

    def draw(self, rng: Generator, count: int) -> Batch:
        """Draw vectors; see :class:`~hbfp_hw.cosim.batch.Vectors`."""
        product, classes = exact_products(rng, count, *self.formats)
        value = product.round()
        addend = near_pairs(rng, value)
        inputs = {
            "product.sum": product.sums,
            "product.exponent": product.exponents,
            "product.nan": product.nan,
            "addend": bits(addend),
        }
        expected = {"value": bits(value), "total": bits(add(value, addend))}
        drawn = count_classes("", product_classes(*self.formats), classes)
        return Batch({"i": inputs}, {"o": expected}, drawn | {"nan": int(product.nan.sum())})


class AccumulateVectors:
    """Exact sums, accumulated in groups of random length from start values of every class."""

    meaning = "one exact sum of several that are accumulated"
    batch_size = VECTORS

    def __init__(self, description: DesignDescription):
        self.fields = stream_fields(description)
        self.formats = formats_of(description.parameters)

    def draw(self, rng: Generator, count: int) -> Batch:
        """Draw vectors; see :class:`~hbfp_hw.cosim.batch.Vectors`."""
        products, classes = exact_products(rng, count, *self.formats)
        payload = {"sum": products.sums, "exponent": products.exponents, "nan": products.nan}
        drawn = count_classes("", product_classes(*self.formats), classes)
        drawn["nan"] = int(products.nan.sum())
        return _batch(rng, {"i": payload}, products.round(), drawn)


class DotEngineVectors:
    """Pairs of FP32 blocks, whose dot products are accumulated in groups of random length."""

    meaning = "one pair of blocks of several that are accumulated"
    batch_size = VECTORS

    def __init__(self, description: DesignDescription):
        self.fields = stream_fields(description)
        self.formats = formats_of(description.parameters)
        self.parameters = description.parameters

    def draw(self, rng: Generator, count: int) -> Batch:
        """Draw vectors; see :class:`~hbfp_hw.cosim.batch.Vectors`."""
        inputs, operands = {}, []
        drawn: dict[str, int] = {}
        for name, fmt in zip("ab", self.formats, strict=True):
            inputs[f"i_{name}"], made, classes = draw_conversion(rng, self.parameters, [fmt], count)
            operands.append(made)
            drawn |= {f"{name}.{key}": number for key, number in classes.items()}
        return _batch(rng, inputs, dot(*operands).round()[:, 0], drawn)


class PEVectors:
    """Pairs of blocks of all pairs of widths, accumulated in groups of random length."""

    meaning = "one pair of blocks of several that are accumulated"
    batch_size = VECTORS // 4

    def __init__(self, description: DesignDescription):
        self.fields = stream_fields(description)
        given = description.parameters
        self.variant = Variant(given["variant"])
        self.sizes = given["block_size"], given["exponent_bits"]
        self.signs = given["sign_magnitude"]

    def draw(self, rng: Generator, count: int) -> Batch:
        """Draw vectors; see :class:`~hbfp_hw.cosim.batch.Vectors`."""
        drawn: dict[str, int] = {}
        operands = []
        wide = (rng.integers(0, 2, (2, count)) == 1) & (self.variant is not Variant.NARROW)
        rest = count - count // MINUS_ZEROS
        tails = minus_zeros(rng, *wide[:, rest:], *self.sizes)
        for name, chosen, tail in zip("ab", wide[:, :rest], tails, strict=True):
            made, classes = draw_mixed(rng, f"{name}.", chosen, *self.sizes)
            operands.append(made.followed_by(tail))
            drawn |= classes
        payload: dict[str, NDArray[Any]] = {}
        for name, made in zip("ab", operands, strict=True):
            mantissas: NDArray[Any] = made.mantissas
            if self.signs:
                magnitude = (NARROW_BITS if self.variant is Variant.NARROW else WIDE_BITS) - 1
                mantissas = to_sign_magnitude(rng, mantissas.astype(np.int64), magnitude)
            payload |= {
                f"{name}.mantissas": mantissas,
                f"{name}.exponent": made.exponents,
                f"wide_{name}": made.wide,
            }
        terms = mixed_terms(*operands)
        if self.sizes[1] >= LEAST_EXPONENT_BITS:
            drawn["minus_zero"] = int((bits(terms) == MINUS_ZERO).sum())
        return _batch(rng, {"i": payload}, terms, drawn)


def draw_mixed(
    rng: Generator, prefix: str, wide: NDArray[np.bool_], block_size: int, exponent_bits: int
) -> tuple[MixedBlocks, dict[str, int]]:
    """Draw blocks of given widths; return them and the number of blocks in each class and width.

    Parameters:
        prefix: Text put before the name of each class.
        wide: For each block, whether its mantissas are wide.
    """
    mantissas = np.zeros((len(wide), block_size), np.int8)
    exponents = np.zeros(len(wide), np.int16)
    drawn: dict[str, int] = {}
    for width in np.unique(wide):
        bits = WIDE_BITS if width else NARROW_BITS
        fmt = HBFPFormat(bits, block_size, exponent_bits)
        places = wide == width
        made, classes = draw_blocks(rng, f"{prefix}{bits}.", fmt, int(places.sum()))
        mantissas[places], exponents[places] = made.mantissas[:, 0], made.exponents[:, 0]
        drawn |= classes
    return MixedBlocks(wide, mantissas, exponents, exponent_bits), drawn


def _batch(
    rng: Generator,
    inputs: Mapping[str, FieldArrays],
    terms: NDArray[np.float32],
    drawn: dict[str, int],
) -> Batch:
    """Return a batch of terms that are accumulated in groups; each group is one piece."""
    sums: Sums = make_sums(rng, terms)
    value = golden_sums(terms, sums)
    begins = np.append(np.flatnonzero(sums.first), len(terms))
    inputs = {**inputs, "i_marker": markers(rng, sums)}
    return Batch(inputs, {"o": {"value": value}}, drawn, dict.fromkeys(inputs, begins))
