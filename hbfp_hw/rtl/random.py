"""Random bits for stochastic rounding; ``golden/random.py`` specifies them bit for bit."""

from amaranth.hdl import Cat, Const, Module, Value

from hbfp_hw.golden.random import MASK, MIX_ROUNDS, ROTATE_X, ROTATE_Y, ROUND_CONSTANT
from hbfp_hw.rtl.bits import named


def mix(m: Module, seed: Value, step: Value) -> tuple[Value, Value]:
    """Return the words (x, y) of a seed and a step, all of 32 bits; combinational."""
    x, y = seed, step
    for number in range(1, MIX_ROUNDS + 1):
        total = named(m, (x.rotate_right(ROTATE_X) + y)[:32], "mix_total")
        x = named(m, total ^ Const(number * ROUND_CONSTANT & MASK, 32), "mix_x")
        y = named(m, y.rotate_left(ROTATE_Y) ^ x, "mix_y")
    return x, y


def expand(m: Module, x: Value, y: Value, lanes: int, bits: int) -> list[Value]:
    """Return the random bits of each lane, made from the mixed words; combinational."""
    words = [y, x]
    while 32 * len(words) < lanes * bits:
        older, newest = words[-2:]
        words.append(named(m, newest ^ Cat(older[1:], newest[0]), "random_word"))
    stream = Cat(words)
    return [stream[lane * bits : (lane + 1) * bits] for lane in range(lanes)]
