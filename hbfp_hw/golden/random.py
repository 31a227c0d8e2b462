"""Random bits for stochastic rounding, specified bit for bit.

The generator is a pure function of (seed, step, lane) and keeps no state between blocks. Hardware
and software therefore agree even if blocks are converted in another order, twice, or in parallel.

1. *Mix*. Two 32-bit words start as x = seed, y = step. Each of the eight rounds r = 1 … 8 computes
   x = (rotate_right(x, 8) + y) ^ (r * 0x9E3779B9), y = rotate_left(y, 3) ^ x, all modulo 2**32.
   This bijection on 64 bits uses only additions, rotations and XORs, once per block.
2. *Expand*. The bits of y, then those of x, lowest first, are b[0] … b[63]. The next ones are
   b[n] = b[n-32] ^ b[n-63], the recurrence of the primitive trinomial z**63 + z**31 + 1: one XOR
   per bit.
3. *Share out*. Lane i takes the R bits b[i*R] … b[i*R + R - 1], lowest first.

The bits of any two lanes are independent linear functions of a well mixed word, which keeps
the variance of a sum of rounding errors small. There is one exception: at R = 16, one XOR of the 32
bits of two lanes is constant if the lanes are 127, 384, 511 or 636 apart.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

MIX_ROUNDS = 8
ROTATE_X = 8
ROTATE_Y = 3
ROUND_CONSTANT = 0x9E3779B9
MASK = 0xFFFFFFFF


def mix(seed: ArrayLike, step: ArrayLike) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the mixed words (x, y) of each (seed, step), broadcast against each other."""
    x, y = np.broadcast_arrays(np.asarray(seed, np.uint32), np.asarray(step, np.uint32))
    with np.errstate(over="ignore"):
        for number in range(1, MIX_ROUNDS + 1):
            x = np.add(_rotate_left(x, 32 - ROTATE_X), y, dtype=np.uint32)
            x = x ^ np.uint32(number * ROUND_CONSTANT & MASK)
            y = _rotate_left(y, ROTATE_Y) ^ x
    return x, y


def _rotate_left(word: NDArray[np.uint32], count: int) -> NDArray[np.uint32]:
    return word << np.uint32(count) | word >> np.uint32(32 - count)


def random_bits(seed: ArrayLike, step: ArrayLike, lanes: int, bits: int) -> NDArray[np.uint32]:
    """Return uniform random integers of ``bits`` bits, one for each lane of each block.

    Parameters:
        seed, step: 32-bit words, broadcast against each other.
        lanes: Lanes of a block.
        bits: Bits of an integer, 1 to 16.

    Returns:
        uint32, the shape of the broadcast words with ``lanes`` appended.
    """
    newest, older = mix(seed, step)
    words = [older, newest]
    while 32 * len(words) < lanes * bits + 32:
        newest, older = np.bitwise_xor(newest, older >> 1 | newest << 31), newest
        words.append(newest)
    stream = np.stack(words, axis=-1)
    if bits in (8, 16):  # each lane takes whole bytes of the bit stream
        lowest_first = stream.astype("<u4", copy=False).view(f"<u{bits // 8}")
        return lowest_first[..., :lanes].astype(np.uint32)
    stream = stream.astype(np.uint64)
    pairs = stream[..., :-1] | stream[..., 1:] << 32
    first = np.arange(lanes) * bits
    taken = pairs[..., first // 32] >> (first % 32).astype(np.uint64)
    return (taken & np.uint64((1 << bits) - 1)).astype(np.uint32)
