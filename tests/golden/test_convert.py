"""Conversion of FP32 values to blocks, against the oracle."""

import re

import numpy as np
import pytest

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden import Blocks, convert
from hbfp_hw.golden.convert import split
from hbfp_hw.sim.stimulus import bits, block_classes, blocks, count, floats
from tests import oracle

FMT = HBFPFormat(4, 4)
ROUNDINGS = list(Rounding)

# (mantissa bits, block size, exponent bits): every width, block sizes up to the largest.
SIZES = [
    *[(2, 1, 5), (2, 64, 10), (3, 2, 6), (4, 16, 10), (4, 64, 10), (4, 7, 5), (5, 3, 7)],
    *[(6, 16, 8), (6, 64, 10), (7, 5, 9), (8, 64, 10), (8, 16, 5), (9, 9, 6), (10, 31, 11)],
    *[(11, 128, 12), (12, 13, 7), (13, 4, 8), (14, 33, 5), (15, 2, 10), (16, 64, 10)],
    *[(16, 1024, 10), (16, 1, 12), (4, 1024, 5), (4, 576, 8)],
]


def expected_blocks(values, fmt, rounding, seed=0, steps=None, random_bits=8):
    """Return exponents and mantissas by the oracle of values (count, block_size)."""
    exponents, mantissas = [], []
    for number, block in enumerate(bits(values).tolist()):
        step = number if steps is None else int(steps[number])
        noise = None
        if rounding is Rounding.STOCHASTIC:
            noise = oracle.random_integers(seed, step, fmt.block_size, random_bits)
        exponent, lanes = oracle.convert(
            block, fmt.mantissa_bits, fmt.exponent_bits, rounding.name.lower(), noise, random_bits
        )
        exponents.append(exponent)
        mantissas.append(lanes)
    return np.array(exponents), np.array(mantissas)


def assert_converts(values, fmt, rounding, **options):
    """Check the conversion of values (count, block_size), one block per row."""
    steps = options.get("steps")
    exponents, mantissas = expected_blocks(values, fmt, rounding, **options)
    options.pop("steps", None)
    if steps is not None:
        options["step"] = steps[:, None]
    converted = convert(values, fmt, rounding, **options)
    np.testing.assert_array_equal(converted.exponents, exponents[:, None])
    np.testing.assert_array_equal(converted.mantissas, mantissas[:, None])
    assert converted.exponents.dtype == np.int16
    assert converted.mantissas.dtype == fmt.mantissa_dtype


def test_sizes_cover_the_parameters():
    widths, block_sizes, exponent_widths = map(set, zip(*SIZES, strict=True))
    assert widths == set(range(2, 17))
    assert exponent_widths == set(range(5, 13))
    assert {1, 2, 3, 16, 64, 1024} <= block_sizes


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("sizes", SIZES)
def test_agrees_with_the_oracle_in_every_class(sizes, rounding, sample):
    fmt = HBFPFormat(*sizes)
    names = block_classes(fmt)
    total = max(3 * len(names), sample(20_000, quick=2000) // fmt.block_size)
    values, classes = blocks(np.random.default_rng(fmt.bits), fmt, min(total, 2000))
    assert min(count(classes, names).values()) >= 3
    assert_converts(values, fmt, rounding, seed=fmt.bits)


@pytest.mark.parametrize("random_bits", range(1, 17))
def test_counts_of_random_bits(random_bits):
    fmt = HBFPFormat(random_bits % 15 + 2, 16, 10)
    values, _ = blocks(np.random.default_rng(random_bits), fmt, 200)
    steps = np.random.default_rng(0).integers(0, 1 << 32, len(values))
    seed = 0xFFFFFFFF - random_bits
    assert_converts(
        values, fmt, Rounding.STOCHASTIC, seed=seed, steps=steps, random_bits=random_bits
    )


@pytest.mark.full
@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("sizes", [(2, 1, 10), (4, 1, 10), (4, 1, 5), (8, 1, 8)])
def test_blocks_of_one_exhaustively(sizes, rounding):
    """Every sign, exponent and combination of the leading seven fraction bits."""
    patterns = np.arange(1 << 16)
    values = floats(patterns << 16)[:, None]
    # Steps that do not follow the values; few distinct ones, as the oracle's generator is slow.
    steps = patterns * 40503 % 65537 % 251
    assert_converts(values, HBFPFormat(*sizes), rounding, seed=7, steps=steps)


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("mantissa_bits", [2, 3, 4])
def test_blocks_of_two_exhaustively(mantissa_bits, rounding):
    """Every pair of values with eight exponents and three fraction bits."""
    values = floats(np.arange(120 << 3, 128 << 3) << 20)
    pairs = np.stack(np.meshgrid(values, -values), axis=-1).reshape(-1, 2)
    steps = np.random.default_rng(9).integers(0, 500, len(pairs))
    assert_converts(pairs, HBFPFormat(mantissa_bits, 2), rounding, seed=8, steps=steps)


def test_all_nan_payloads_convert_without_a_warning():
    """Signalling NaNs, too. Pytest turns warnings into errors."""
    patterns = [0x7F800001, 0xFF800001, 0x7FBFFFFF, 0x7FC00000, 0xFFFFFFFF, 0x7F800000, 0xFF800000]
    for rounding in ROUNDINGS:
        converted = convert(floats(patterns), HBFPFormat(4, 1), rounding)
        assert converted.is_nan.all()
        assert (converted.exponents == -512).all()
        assert (converted.mantissas == 0).all()


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_infinity_and_largest_float_do_not_mix(rounding):
    values = floats([[0x7F7FFFFF] * 4, [0x7F7FFFFF, 0x7F800000, 0, 0]])
    converted = convert(values, HBFPFormat(16, 4, 5), rounding)
    assert converted.is_nan.tolist() == [[False], [True]]
    assert converted.exponents.tolist() == [[15], [-16]]
    assert converted.mantissas.tolist() == [[[32767] * 4], [[0] * 4]]


def test_stochastic_rounding_is_unbiased():
    """0.3 ulp rounds up in 0.3 of the draws, within the resolution of the random bits."""
    fmt = HBFPFormat(4, 64)
    values = np.full((4000, 64), 0.3 / 8, np.float32)
    values[:, 0] = 0.75
    mean = convert(values, fmt, Rounding.STOCHASTIC, seed=1).mantissas[:, 0, 1:].mean()
    assert mean == pytest.approx(int(0.3 * 256) / 256, abs=5 * 0.46 / np.sqrt(4000 * 63))


def test_steps_default_to_block_numbers():
    values = np.random.default_rng(1).standard_normal((3, 5, 10)).astype(np.float32)
    steps = np.arange(3 * 5 * 3).reshape(3, 5, 3)
    default = convert(values, FMT, Rounding.STOCHASTIC, seed=3)
    explicit = convert(values, FMT, Rounding.STOCHASTIC, seed=3, step=steps)
    other = convert(values, FMT, Rounding.STOCHASTIC, seed=3, step=steps + 1)
    np.testing.assert_array_equal(default.mantissas, explicit.mantissas)
    assert (default.mantissas != other.mantissas).any()


def test_steps_may_come_in_any_order():
    values = np.random.default_rng(2).standard_normal((50, 4)).astype(np.float32)
    forward = convert(values, FMT, Rounding.STOCHASTIC)
    backward = convert(values[::-1], FMT, Rounding.STOCHASTIC, step=np.arange(50)[::-1, None])
    np.testing.assert_array_equal(forward.mantissas, backward.mantissas[::-1])


def test_seed_matters_to_stochastic_rounding_only():
    values = np.random.default_rng(3).standard_normal((50, 4)).astype(np.float32)
    for rounding in ROUNDINGS:
        same = (
            convert(values, FMT, rounding, seed=1).mantissas
            == convert(values, FMT, rounding, seed=2).mantissas
        )
        assert same.all() == (rounding is not Rounding.STOCHASTIC)


@pytest.mark.parametrize("length", [1, 3, 4, 5, 23])
@pytest.mark.parametrize("leading", [(), (2,), (2, 3)])
def test_shapes_and_padding(length, leading):
    values = np.random.default_rng(4).standard_normal((*leading, length)).astype(np.float32)
    converted = convert(values, FMT)
    number = -(-length // 4)
    assert converted.exponents.shape == (*leading, number)
    assert converted.mantissas.shape == (*leading, number, 4)
    padded = np.zeros((*leading, number * 4), np.float32)
    padded[..., :length] = values
    exponents, mantissas = expected_blocks(padded.reshape(-1, 4), FMT, Rounding.NEAREST)
    np.testing.assert_array_equal(converted.exponents.ravel(), exponents)
    np.testing.assert_array_equal(converted.mantissas.reshape(-1, 4), mantissas)
    np.testing.assert_array_equal(split(values, 4), padded.reshape(*leading, number, 4))


def test_memory_order_does_not_matter_and_input_stays():
    values, _ = blocks(np.random.default_rng(5), HBFPFormat(4, 12), 200)
    before = bits(values).copy()
    spaced = np.zeros((400, 24), np.float32)
    spaced[::2, ::2] = values
    values.flags.writeable = False
    for rounding in ROUNDINGS:
        plain = convert(values, FMT, rounding)
        for other in (np.asfortranarray(values), spaced[::2, ::2], values[::-1][::-1]):
            again = convert(other, FMT, rounding)
            np.testing.assert_array_equal(plain.mantissas, again.mantissas)
            np.testing.assert_array_equal(plain.exponents, again.exponents)
    np.testing.assert_array_equal(bits(values), before)


def test_mantissa_width_does_not_change_the_exponent():
    values, _ = blocks(np.random.default_rng(6), FMT, 200)
    four, six = convert(values, FMT), convert(values, HBFPFormat(6, 4))
    np.testing.assert_array_equal(four.exponents, six.exponents)


@pytest.mark.parametrize("sizes", [(4, 16, 10), (16, 3, 5), (2, 5, 12)])
def test_dequantise_is_exact(sizes):
    fmt = HBFPFormat(*sizes)
    values, _ = blocks(np.random.default_rng(7), fmt, 300)
    converted = convert(values, fmt)
    result = converted.dequantise()
    assert result.dtype == np.float64
    exponents, mantissas = converted.exponents.tolist(), converted.mantissas.tolist()
    for i, ((exponent,), (lanes,)) in enumerate(zip(exponents, mantissas, strict=True)):
        if exponent == fmt.nan_exponent:
            assert np.isnan(result[i]).all()
            assert converted.is_nan[i].all()
        else:
            unit = oracle.power(exponent - fmt.mantissa_bits + 1)
            assert result[i, 0].tolist() == [lane * unit for lane in lanes]


def test_numpy_integers_are_integers():
    values = np.random.default_rng(8).standard_normal((5, 4)).astype(np.float32)
    plain = convert(values, FMT, Rounding.STOCHASTIC, seed=5, random_bits=3)
    again = convert(values, FMT, 1, seed=np.int8(5), random_bits=np.uint8(3))
    np.testing.assert_array_equal(plain.mantissas, again.mantissas)
    assert isinstance(again, Blocks)


ONE = np.ones(4, np.float32)


@pytest.mark.parametrize(
    ("values", "options", "error", "message"),
    [
        ([1.0], {}, TypeError, "Values must be a float32 array, not list"),
        (1.0, {}, TypeError, "Values must be a float32 array, not float"),
        (np.ones(4), {}, TypeError, "Values must be a float32 array, not float64 array"),
        (ONE.astype(">f4"), {}, TypeError, "Values must be a float32 array, not >f4 array"),
        (
            np.ones((), np.float32),
            {},
            ValueError,
            "Values must have at least one element, not shape ()",
        ),
        (
            np.ones((3, 0), np.float32),
            {},
            ValueError,
            "Values must have at least one element, not shape (3, 0)",
        ),
        (ONE, {"rounding": 3}, ValueError, "Rounding must be 0 to 2, not 3"),
        (ONE, {"rounding": -1}, ValueError, "Rounding must be 0 to 2, not -1"),
        (ONE, {"rounding": "up"}, TypeError, "Rounding must be a Rounding, not 'up'"),
        (ONE, {"rounding": 1.0}, TypeError, "Rounding must be a Rounding, not 1.0"),
        (ONE, {"rounding": None}, TypeError, "Rounding must be a Rounding, not None"),
        (ONE, {"seed": -1}, ValueError, "Seed must be 0 to 4294967295, not -1"),
        (ONE, {"seed": 2**32}, ValueError, "Seed must be 0 to 4294967295, not 4294967296"),
        (ONE, {"seed": 1.0}, TypeError, "Seed must be an integer, not 1.0"),
        (ONE, {"seed": None}, TypeError, "Seed must be an integer, not None"),
        (ONE, {"random_bits": 0}, ValueError, "Random bits must be 1 to 16, not 0"),
        (ONE, {"random_bits": 17}, ValueError, "Random bits must be 1 to 16, not 17"),
        (ONE, {"random_bits": True}, TypeError, "Random bits must be an integer, not True"),
    ],
)
def test_bad_arguments(values, options, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        convert(values, FMT, **options)
