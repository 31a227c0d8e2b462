"""Passes of a cell: the digit of each operand, and the order in which digits are multiplied."""

from typing import NamedTuple

from amaranth.hdl import Module, Mux, Signal, Value

from hbfp_hw.engine import NARROW_BITS, Variant
from hbfp_hw.rtl.bits import named

DIGIT_BITS = NARROW_BITS - 1
"""Bits of a digit: the magnitude of a narrow mantissa, or the low part of a wide one."""


class Pass(NamedTuple):
    """The present pass of a block.

    Members:
        high_a, high_b: Whether the operand's high digit takes part, not its low one.
        first, last: Whether the pass is the first and the last one of its block.
    """

    high_a: Value
    high_b: Value
    first: Value
    last: Value


def pass_sequence(
    m: Module, variant: Variant, wide_a: Value | None, wide_b: Value | None, step: Value
) -> Pass:
    """Walk through the passes of blocks: high digits first, those of ``a`` in the outer loop.

    Only a mixed cell takes more than one pass for a block.

    Parameters:
        m: Module that gets the logic.
        variant: Kind of multipliers.
        wide_a, wide_b: Whether the operand's mantissas are wide, constant during the passes of a
            block. None in a cell that takes one pass for every block.
        step: Asserted in the cycles in which the present pass is executed.

    Returns:
        The present pass; it changes after a cycle with ``step``.
    """
    if variant is not Variant.MIXED or wide_a is None or wide_b is None:
        high_a = Signal()
        high_b = Signal()
        first_pass = Signal(init=1)
        last_pass = Signal(init=1)
        return Pass(high_a, high_b, first_pass, last_pass)
    first = Signal(init=1, name="first_pass")
    state_a = Signal()
    state_b = Signal()
    high_a = named(m, Mux(first, wide_a, state_a), "high_a")
    high_b = named(m, Mux(first, wide_b, state_b), "high_b")
    last = named(m, ~(high_a | high_b), "last_pass")
    with m.If(step):
        m.d.sync += [
            first.eq(last),
            state_a.eq(high_a & high_b),
            state_b.eq(high_a & ~high_b & wide_b),
        ]
    return Pass(high_a, high_b, first, last)


def digit(variant: Variant, magnitude: Value, high: Value) -> Value:
    """Return the part of a magnitude that takes part in a pass: in a mixed cell one digit."""
    if variant is not Variant.MIXED:
        return magnitude
    return Mux(high, magnitude[DIGIT_BITS:], magnitude[:DIGIT_BITS])
