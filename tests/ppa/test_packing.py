"""Tests of packed bits."""

import numpy as np
import pytest

from hbfp_hw.ppa.packing import count_ones, delayed, pack, unpack, word_count


@pytest.mark.parametrize("positions", [1, 63, 64, 65, 200])
def test_words_hold_bits_in_order(positions: int) -> None:
    bits = np.random.default_rng(positions).integers(0, 2, (3, positions)).astype(bool)
    words = pack(bits)
    assert words.shape == (3, word_count(positions))
    assert words.dtype == np.uint64
    for row, packed in zip(bits, words.tolist(), strict=True):
        whole = sum(word << (64 * place) for place, word in enumerate(packed))
        assert whole == sum(1 << place for place, bit in enumerate(row) if bit)
    assert np.array_equal(unpack(words, positions), bits)
    assert count_ones(words).tolist() == bits.sum(axis=1).tolist()


def test_bits_move_to_the_next_position() -> None:
    bits = np.random.default_rng(1).integers(0, 2, (2, 192)).astype(bool)
    moved = unpack(delayed(pack(bits)), 192)
    assert np.array_equal(moved[:, 1:], bits[:, :-1])
    assert not moved[:, 0].any()
