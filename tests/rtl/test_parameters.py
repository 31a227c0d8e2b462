"""Every unit refuses bad parameters with a message that states what they must be."""

import re

import pytest

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.rtl import FP32, MAC, Accumulate, Convert, Dot, DotEngine

A = HBFPFormat(4, 16)
LONGER = HBFPFormat(4, 17)
NARROWER = HBFPFormat(4, 16, 8)

PAIRED = (Dot, FP32, Accumulate, MAC, DotEngine)
CONVERTING = (Convert, DotEngine)
DEEPEST = {Convert: 2, Dot: 15, FP32: 1, Accumulate: 1, MAC: 4, DotEngine: 15}


def refused(error, message):
    return pytest.raises(error, match=f"^{re.escape(message)}$")


@pytest.mark.parametrize("unit", PAIRED)
def test_block_sizes_must_be_equal(unit):
    with refused(ValueError, "Block size of both operands must be equal, not 16 and 17"):
        unit(A, LONGER)


@pytest.mark.parametrize("unit", PAIRED)
def test_exponent_widths_must_be_equal(unit):
    with refused(ValueError, "Exponent width of both operands must be equal, not 10 and 8"):
        unit(A, NARROWER)


@pytest.mark.parametrize("unit", PAIRED)
def test_mantissa_widths_may_differ(unit):
    assert unit(A, HBFPFormat(6, 16)).parameters["mantissa_bits"] == [4, 6]
    assert unit(A).parameters["mantissa_bits"] == [4, 4]


@pytest.mark.parametrize("unit", DEEPEST)
def test_pipeline_depth(unit):
    deepest = DEEPEST[unit]
    assert unit(A, pipeline=deepest).parameters["pipeline"] == deepest
    assert unit(A, pipeline=0).parameters["pipeline"] == 0
    for depth in (-1, deepest + 1):
        with refused(ValueError, f"Pipeline depth must be 0 to {deepest}, not {depth}"):
            unit(A, pipeline=depth)
    for depth in (1.0, "1", True, None):
        with refused(TypeError, f"Pipeline depth must be an integer, not {depth!r}"):
            unit(A, pipeline=depth)


def full_adder_levels(heights):
    """Return the levels of full adders until no weight has more than two bits left."""
    levels = 0
    while max(heights) > 2:
        levels += 1
        carries = [0, *(height // 3 for height in heights[:-1])]
        heights = [h - h // 3 * 2 + carry for h, carry in zip(heights, carries, strict=True)]
    return levels


@pytest.mark.parametrize("block_size", [1, 2, 3, 4, 5, 64])
def test_deepest_pipeline_of_the_dot_product_follows_its_tree(block_size):
    fmt = HBFPFormat(4, block_size)
    # Each lane has three by three partial products. The count of negative lanes joins them once it
    # is known, which can add a few levels.
    least = 2 + full_adder_levels([block_size * n for n in (1, 2, 3, 2, 1)] + [0] * 8)
    levels = Dot(fmt).levels
    assert least <= levels <= least + 4
    assert Dot(fmt, pipeline=levels).latency == levels
    message = f"Pipeline depth must be 0 to {levels}, not {levels + 1}"
    with refused(ValueError, message):
        Dot(fmt, pipeline=levels + 1)


@pytest.mark.parametrize("unit", CONVERTING)
def test_random_bits(unit):
    for bits in (1, 16):
        assert unit(A, random_bits=bits).parameters["random_bits"] == bits
    for bits in (0, 17, -1):
        with refused(ValueError, f"Random bits must be 1 to 16, not {bits}"):
            unit(A, random_bits=bits)
    with refused(TypeError, "Random bits must be an integer, not 8.0"):
        unit(A, random_bits=8.0)


@pytest.mark.parametrize("unit", CONVERTING)
@pytest.mark.parametrize("rounding", ["nearest", 0, 3])
def test_rounding(unit, rounding):
    with refused(TypeError, f"Rounding must be a Rounding or None, not {rounding!r}"):
        unit(A, rounding=rounding)


@pytest.mark.parametrize("unit", CONVERTING)
@pytest.mark.parametrize("rounding", [None, *Rounding])
def test_fields_of_operands_follow_the_rounding(unit, rounding):
    made = unit(A, rounding=rounding)
    stream = made.i if unit is Convert else made.i_a
    fields = set(stream.payload.shape().members)
    drawn = {"seed", "step"} if rounding in (None, Rounding.STOCHASTIC) else set()
    assert fields == {"values"} | drawn | ({"rounding"} if rounding is None else set())
