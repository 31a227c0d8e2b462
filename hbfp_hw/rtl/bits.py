"""Combinational building blocks of the units.

Intermediate results are named signals, because Amaranth builds an expression once for each use.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value, unsigned
from amaranth.lib import data

T = TypeVar("T")


def named(m: Module, value: Value, name: str) -> Signal:
    """Return a signal with the value."""
    signal = Signal(value.shape(), name=name)
    m.d.comb += signal.eq(value)
    return signal


def elements(payload: "data.View[Any]", *path: str) -> list[Value]:
    """Return the elements of an array in a payload, given the path of field names to the array.

    Each element is one slice of the payload. ``payload.a.mantissas[lane]`` would be a slice of a
    slice of a slice, and Amaranth emits all of them at each use.
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
    """Return the shape of an index below ``count``: one bit at least, as Verilog requires."""
    return unsigned(max(1, (count - 1).bit_length()))


def is_value(value: Value, constant: int) -> Value:
    """Return whether a value equals a constant.

    A comparison with 0 is built as a reduction, which linters do not take for a logical not.
    """
    return value == constant if constant else ~value.any()


def any_bit(value: Value) -> Value:
    """Return whether some bit is one; false for a value of no bits, which Verilog cannot have."""
    return value.any() if len(value) else Const(0, 1)


def reduce_balanced(values: Sequence[T], join: Callable[[T, T], T]) -> T:
    """Return the values joined pairwise in a balanced tree."""
    while len(values) > 1:
        pairs = [join(a, b) for a, b in zip(values[::2], values[1::2], strict=False)]
        values = [*pairs, values[-1]] if len(values) % 2 else pairs
    return values[0]


def normalise(
    m: Module, value: Value, limit: Value | None = None, fill: Value | None = None
) -> tuple[Value, Value]:
    """Shift to the left until the highest bit is one. Return the result and the distance.

    Each step tests whether the upper half of the remaining bits is zero; leading zeros are not
    counted beforehand. A zero value is shifted by the sum of all steps.

    Parameters:
        m: Module that gets the logic.
        value: Value to shift.
        limit: Largest distance; none by default.
        fill: Bit that moves in, 0 by default.
    """
    fill = Const(0, 1) if fill is None else fill
    places = (len(value) - 1).bit_length()
    # The shift is free once the limit exceeds the sum of the remaining steps.
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
    """Shift to the right. Return the result, and whether a one bit was shifted out."""
    lost: Value = Const(0, 1)
    for bit in range(len(amount)):
        step = min(1 << bit, len(value))
        lost = named(m, lost | (amount[bit] & value[:step].any()), "lost")
        moved = Cat(value[step:], Const(0, step))
        value = named(m, Mux(amount[bit], moved, value), "shifted")
    return value, lost
