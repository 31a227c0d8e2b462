"""The random generator against the oracle, and its statistics."""

import numpy as np
import pytest

from hbfp_hw.golden.random import mix, random_bits
from tests import oracle

SEEDS = [0, 1, 0x80000000, 0xFFFFFFFF, 0x12345678]
STEPS = [0, 1, 2, 0x7FFFFFFF, 0xFFFFFFFF, 123456]


@pytest.mark.parametrize("bits", range(1, 17))
@pytest.mark.parametrize("lanes", [1, 2, 3, 7, 64, 1024])
def test_agrees_with_the_bit_by_bit_version(bits, lanes):
    for seed in SEEDS[:: 1 if lanes < 1024 else 4]:
        drawn = random_bits(seed, np.array(STEPS), lanes, bits)
        assert drawn.dtype == np.uint32
        expected = [oracle.random_integers(seed, step, lanes, bits) for step in STEPS]
        np.testing.assert_array_equal(drawn, expected)


KNOWN = {
    (0, 0, 8): [68, 223, 118, 203, 144, 152],
    (0, 1, 8): [130, 10, 59, 226, 94, 155],
    (1, 0, 8): [96, 188, 24, 59, 18, 87],
    (0xFFFFFFFF, 0, 8): [161, 50, 18, 83, 35, 83],
    (42, 0xFFFFFFFF, 8): [109, 229, 179, 115, 106, 169],
    (0x12345678, 0x9ABCDEF0, 1): [0, 0, 1, 1, 0, 1],
    (0x12345678, 0x9ABCDEF0, 5): [12, 15, 8, 11, 16, 20],
    (0x12345678, 0x9ABCDEF0, 16): [41452, 26885, 25060, 15208, 45330, 4074],
}


def test_known_answers():
    """Values of the bit-by-bit version. If one changes, every stochastic result changes."""
    for (seed, step, bits), expected in KNOWN.items():
        assert random_bits(seed, step, 6, bits).tolist() == expected
        assert oracle.random_integers(seed, step, 6, bits) == expected


def test_seeds_and_steps_broadcast():
    drawn = random_bits(np.array([[1], [2]]), np.array([5, 6, 7]), 4, 8)
    assert drawn.shape == (2, 3, 4)
    np.testing.assert_array_equal(drawn[1, 2], random_bits(2, 7, 4, 8))


def test_is_a_function_of_its_arguments_only():
    first = random_bits(9, np.arange(10), 16, 8)
    random_bits(1, 2, 3, 4)
    np.testing.assert_array_equal(first, random_bits(9, np.arange(10), 16, 8))
    np.testing.assert_array_equal(first[::-1], random_bits(9, np.arange(10)[::-1], 16, 8))


def test_fewer_lanes_are_the_first_ones():
    np.testing.assert_array_equal(random_bits(3, 4, 5, 8), random_bits(3, 4, 64, 8)[:5])


def test_mix_is_a_bijection_on_small_changes():
    """2**20 pairs (seed, step) give as many distinct words, as a bijection must."""
    seeds, steps = np.arange(1 << 10)[:, None], np.arange(1 << 10)
    x, y = mix(seeds, steps)
    assert len(np.unique(x.astype(np.uint64) << 32 | y)) == 1 << 20


@pytest.fixture(scope="module")
def bytes_drawn():
    """Return 8-bit draws of consecutive steps, shape (steps, lanes)."""
    return random_bits(42, np.arange(20_000), 64, 8)


def test_draws_are_uniform(bytes_drawn):
    """Chi-squared of all draws and of each lane, with 255 degrees of freedom.

    Its mean is 255 and its standard deviation 22.6.
    """
    counts = np.bincount(bytes_drawn.ravel(), minlength=256)
    assert 150 < chi_squared(counts) < 370
    for lane in bytes_drawn.T:
        assert 150 < chi_squared(np.bincount(lane, minlength=256)) < 370


def chi_squared(counts):
    expected = counts.sum() / len(counts)
    return ((counts - expected) ** 2 / expected).sum()


def test_lanes_are_not_correlated(bytes_drawn):
    correlation = np.corrcoef(bytes_drawn.T)
    np.fill_diagonal(correlation, 0)
    assert np.abs(correlation).max() < 5.5 / np.sqrt(len(bytes_drawn))


def test_steps_are_not_correlated(bytes_drawn):
    centred = bytes_drawn - 127.5
    for apart in (1, 2, 3, 4, 8, 16, 64, 1024):
        product = (centred[apart:] * centred[:-apart]).mean() / centred.var()
        assert abs(product) < 5 / np.sqrt(bytes_drawn.size)


def test_seeds_are_not_correlated(bytes_drawn):
    for other_seed in (43, 42 ^ 0xFFFFFFFF, 42 ^ 0x80000000):
        other = random_bits(other_seed, np.arange(20_000), 64, 8)
        product = ((bytes_drawn - 127.5) * (other - 127.5)).mean() / bytes_drawn.var()
        assert abs(product) < 5 / np.sqrt(bytes_drawn.size)


def test_sum_over_lanes_has_the_variance_of_independent_draws(bytes_drawn):
    ratio = bytes_drawn.sum(axis=1).var() / (64 * (256**2 - 1) / 12)
    assert ratio == pytest.approx(1, abs=5 * np.sqrt(2 / len(bytes_drawn)))


@pytest.mark.parametrize("bits", range(1, 17))
def test_bits_of_two_lanes_are_linearly_independent(bits):
    """Each bit is an XOR of bits of the mixed word; no XOR of bits of two lanes cancels out.

    The exceptions are lanes at four distances with 16 bits each.
    """
    stream = [1 << place for place in range(64)]
    while len(stream) < 1024 * bits + 64:
        stream.append(stream[-32] ^ stream[-63])
    # Every position in the recurrence is alike, so only the distance of two lanes counts. Bit 0 is
    # left out, because the recurrence does not use it.
    ranks = {
        apart: rank(stream[1 : 1 + bits] + stream[1 + apart * bits : 1 + apart * bits + bits])
        for apart in range(1, 1024)
    }
    dependent = {apart: 2 * bits - found for apart, found in ranks.items() if found < 2 * bits}
    assert dependent == (dict.fromkeys((127, 384, 511, 636), 1) if bits == 16 else {})


def rank(vectors):
    """Return the rank of bit vectors, by elimination."""
    leading = {}
    for vector in vectors:
        while vector:
            place = vector.bit_length()
            if place not in leading:
                leading[place] = vector
                break
            vector ^= leading[place]
    return len(leading)


@pytest.mark.parametrize("argument", ["seed", "step"])
def test_avalanche(argument):
    """Flipping a bit of seed or step flips half of the mixed bits, each about equally often."""
    rng = np.random.default_rng(5)
    seed, step = rng.integers(0, 1 << 32, (2, 500))
    base = np.stack(mix(seed, step))
    for bit in range(32):
        changed = mix(seed ^ 1 << bit, step) if argument == "seed" else mix(seed, step ^ 1 << bit)
        flipped = (base ^ np.stack(changed))[..., None] >> np.arange(32, dtype=np.uint32) & 1
        assert flipped.mean() == pytest.approx(0.5, abs=0.02)
        assert np.abs(flipped.mean(axis=1) - 0.5).max() < 0.13
