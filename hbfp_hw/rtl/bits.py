"""Combinational building blocks that the units share.

Intermediate results are named signals: an expression that is used twice would be built twice.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value, unsigned
from amaranth.lib import data

T = TypeVar("T")


def named(m: Module, value: Value, name: str) -> Signal:
    """The value as a signal of its own."""
    signal = Signal(value.shape(), name=name)
    m.d.comb += signal.eq(value)
    return signal


def elements(payload: "data.View[Any]", *path: str) -> list[Value]:
    """The elements of the array that stands at ``path`` in a payload.

    Each is cut out of the payload at once: ``payload.a.mantissas[lane]`` is a slice of a slice of a
    slice, and Amaranth copies the bits of all of them wherever it stands.
    """
    layout, start = payload.shape(), 0
    for key in path:
        field = layout[key]
        layout, start = data.Layout.cast(field.shape), start + field.offset
    bits = payload.as_value()
    found: list[Any] = []
    for _, field in layout:
        shape = Shape.cast(field.shape)
        first = start + field.offset
        element = bits[first : first + shape.width]
        if isinstance(field.shape, data.Layout):
            found.append(data.View(field.shape, element))
        else:
            found.append(element.as_signed() if shape.signed else element)
    return found


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


def normalise(
    m: Module, value: Value, limit: Value | None = None, fill: Value | None = None
) -> tuple[Value, Value]:
    """Shift to the left until the highest bit is one, and by how much that was.

    Each step looks whether its half of what is left is zero, so nobody counts zeros beforehand. A
    zero value is shifted as far as the steps go.

    Parameters:
        limit: Most places to shift by.
        fill: Bit that moves in, 0 by default.
    """
    fill = Const(0, 1) if fill is None else fill
    places = (len(value) - 1).bit_length()
    # Free is the shift once the limit exceeds all that it may still come to.
    free = Const(1, 1) if limit is None else named(m, any_bit(limit[places:]), "free")
    amount: list[Value] = []
    for place in reversed(range(places)):
        step = 1 << place
        empty = named(m, ~value[-step:].any(), "empty")
        if limit is None:
            move = empty
        else:
            move = named(m, empty & (free | limit[place]), "move")
            free = named(m, free | (limit[place] & ~empty), "free")
        moved = Cat(fill.replicate(step), value[:-step])
        value = named(m, Mux(move, moved, value), "shifted")
        amount.insert(0, move)
    return value, Cat(*amount)


def shift_right(m: Module, value: Value, amount: Value) -> tuple[Value, Value]:
    """Barrel shift to the right, and whether a one bit fell off the end."""
    lost: Value = Const(0, 1)
    for bit in range(len(amount)):
        step = min(1 << bit, len(value))
        lost = named(m, lost | (amount[bit] & value[:step].any()), "lost")
        moved = Cat(value[step:], Const(0, step))
        value = named(m, Mux(amount[bit], moved, value), "shifted")
    return value, lost
