"""Operands of FP32 and BF16 multiply-adds, of every corner class."""

import numpy as np
from numpy.random import Generator

from hbfp_hw.sim.stimulus import multiply_add_ranges as ranges
from hbfp_hw.sim.stimulus import multiply_add_ties as ties
from hbfp_hw.sim.stimulus.common import Ints, Names, draw_classes
from hbfp_hw.sim.stimulus.numbers import Maker, Size, Triple, factors

TRIPLE_CLASSES: dict[str, Maker] = {
    "any_bits": ranges.any_bits,
    **{f"gap_{gap}": ranges.gap(gap, gap) for gap in (-3, -2, -1, 0, 1, 2, 3)},
    "near": ranges.gap(-50, 30),
    "addend_far_above": ranges.far_above,
    "addend_far_below": ranges.far_below,
    "cancel_to_zero": ties.cancel_to_zero,
    "cancel": ties.cancel,
    "cancel_to_subnormal": ties.cancel_to_subnormal,
    "tie": ties.tie,
    "near_tie": ties.near_tie,
    "lone_addend": ties.lone_addend,
    "addend_near_tie": ties.addend_near_tie,
    "lone_product": ties.lone_product,
    "product_near_tie": ties.product_near_tie,
    "carry_out": ties.carry_out,
    "subnormal_sum": ranges.subnormal_sum,
    "subnormal_tie": ties.subnormal_tie,
    "to_normal": ties.to_normal,
    "subnormal_factor": ranges.subnormal_factor,
    "subnormal_factors": ranges.subnormal_factors,
    "underflow": ranges.underflow,
    "overflow": ranges.overflow,
    "overflow_edge": ties.overflow_edge,
    "overflow_undone": ranges.overflow_undone,
    "zero_product": ranges.zero_product,
    "all_zero": ranges.all_zero,
    "inf_times_zero": ranges.inf_times_zero,
    "inf_factor": ranges.inf_factor,
    "inf_addend": ranges.inf_addend,
    "inf_plus_inf": ranges.infinities(0),
    "inf_minus_inf": ranges.infinities(1),
    "nan_factor": ranges.nan_factor,
    "nan_addend": ranges.nan_addend,
}


def triples(
    rng: Generator, total: int, factor_bits: int, bits: int
) -> tuple[Ints, Ints, Ints, Names]:
    """Draw factors in either order and addends; return them and the class of each triple.

    Parameters:
        rng: Random numbers.
        total: Number of triples.
        factor_bits, bits: Size of the factors and of the addend, 16 or 32.
    """
    factor, addend = Size(factor_bits), Size(bits)
    classes = draw_classes(rng, TRIPLE_CLASSES, total)
    operands = np.empty((3, total), np.int64)
    for name, make in TRIPLE_CLASSES.items():
        chosen = np.flatnonzero(classes == name)
        operands[:, chosen] = make(rng, len(chosen), factor, addend)
    swapped = rng.random(total) < 0.5
    operands[:2, swapped] = operands[1::-1, swapped]
    a, b, c = operands
    return a, b, c, classes


def lanes(
    rng: Generator, total: int, count: int, factor_bits: int, bits: int
) -> tuple[Ints, Ints, Ints, Names]:
    """Draw operands of a dot product: a triple in one lane, matching products in the others.

    Factors have the shape (total, count). Products of the other lanes are zero or of a size near
    the addend.
    """
    factor, addend = Size(factor_bits), Size(bits)
    a, b, c, classes = triples(rng, total, factor_bits, bits)
    fields = np.repeat(c >> addend.fraction & 255, count)
    x, y = factors(rng, fields + rng.integers(-12, 13, total * count), factor)
    x[rng.random(total * count) < 0.5] = 0
    pairs = np.stack([x, y]).reshape(2, total, count)
    pairs[:, np.arange(total), rng.integers(0, count, total)] = a, b
    return pairs[0], pairs[1], c, classes


def integers(rng: Generator, total: int, count: int) -> Triple:
    """Draw operands of an INT8 dot product: random ones, extremes, and sums that wrap around.

    Factors have the shape (total, count).
    """
    pairs = rng.integers(-128, 128, (2, total, count))
    extreme = rng.random(pairs.shape) < rng.choice([0.0, 0.3, 1.0], (total, 1))
    pairs[extreme] = rng.choice([-128, -127, -1, 0, 1, 127], extreme.sum())
    c = rng.integers(-(1 << 31), 1 << 31, total)
    near = rng.random(total) < 0.5
    edges = rng.choice([-(1 << 31), 0, (1 << 31) - 1], total)
    inward = np.where(edges > 0, -1, 1)
    c[near] = (edges + inward * rng.integers(0, 1 << 14, total))[near]
    return pairs[0], pairs[1], c
