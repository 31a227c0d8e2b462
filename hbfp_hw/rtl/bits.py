"""Combinational building blocks that the units share.

Intermediate results are named signals: an expression that is used twice would be built twice.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value, unsigned

T = TypeVar("T")


def named(m: Module, value: Value, name: str) -> Signal:
    """The value as a signal of its own."""
    signal = Signal(value.shape(), name=name)
    m.d.comb += signal.eq(value)
    return signal


def index_shape(count: int) -> Shape:
    """Shape of an index below ``count``; one bit at least, since Verilog has no empty signals."""
    return unsigned(max(1, (count - 1).bit_length()))


def is_value(value: Value, constant: int) -> Value:
    """Whether the value is this constant; 0 in a form that linters take for no logical operator."""
    return value == constant if constant else ~value.any()


def any_bit(value: Value) -> Value:
    """Whether some bit is one; false for a value of no bits, which Verilog cannot express."""
    return value.any() if len(value) else Const(0, 1)


def reduce_balanced(values: Sequence[T], join: Callable[[T, T], T]) -> T:
    """Join values pairwise in a balanced tree."""
    while len(values) > 1:
        pairs = [join(a, b) for a, b in zip(values[::2], values[1::2], strict=False)]
        values = [*pairs, values[-1]] if len(values) % 2 else pairs
    return values[0]


def leading_zeros(m: Module, value: Value) -> Value:
    """Count of zero bits above the highest one bit; the width when the value is zero.

    Halves the value again and again, so its depth is logarithmic.
    """
    padding = (1 << (len(value) - 1).bit_length()) - len(value)
    # A one right below the value makes a zero value count exactly its own width.
    return _count(m, Cat(Const(1 << padding >> 1, padding), value))


def _count(m: Module, value: Value) -> Value:
    if len(value) == 1:
        return ~value
    half = len(value) // 2
    high, low = _count(m, value[half:]), _count(m, value[:half])
    # A count's top bit alone says that its half is all zero.
    top = Cat(high[-1] & ~low[-1], high[-1] & low[-1])
    count = Cat(Mux(high[-1], low[:-1], high[:-1]), top) if half > 1 else top
    return named(m, count, "zeros")


def shift_left(m: Module, value: Value, amount: Value) -> Value:
    """Barrel shift to the left within the value's width."""
    for bit in range(len(amount)):
        step = min(1 << bit, len(value))
        moved = Cat(Const(0, step), value[: len(value) - step])
        value = named(m, Mux(amount[bit], moved, value), "shifted")
    return value


def shift_right(m: Module, value: Value, amount: Value) -> tuple[Value, Value]:
    """Barrel shift to the right, and whether a one bit fell off the end."""
    lost: Value = Const(0, 1)
    for bit in range(len(amount)):
        step = min(1 << bit, len(value))
        lost = named(m, lost | (amount[bit] & value[:step].any()), "lost")
        moved = Cat(value[step:], Const(0, step))
        value = named(m, Mux(amount[bit], moved, value), "shifted")
    return value, lost
