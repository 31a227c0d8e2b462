"""Parts of floating-point units.

Without register ranks they are built for area: carries ripple, as depth does not matter. With ranks
there is a clock, and the long carries are fast.
"""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Signal, Value

from hbfp_hw.rtl.bit_heap import BitHeap
from hbfp_hw.rtl.bits import any_bit, is_value, named
from hbfp_hw.rtl.ranks import Ranks
from hbfp_hw.rtl.timed_heap import Cut, TimedHeap

DEADLINE = 14
"""Latest arrival of a bit before cut point 1, which lies within a multiplication."""


def widen(value: Value, width: int) -> Value:
    """Return the value with zeros on top."""
    return Cat(value, Const(0, width - len(value))) if width > len(value) else value


def select(condition: Value, yes: Value, no: Value) -> Value:
    """Return ``yes`` or ``no``, the narrower one with zeros on top."""
    width = max(len(yes), len(no))
    mask = condition.replicate(width)
    return (widen(yes, width) & mask) | (widen(no, width) & ~mask)


def carries(m: Module, half: Value, both: Value, first: Value) -> Value:
    """Return the carries into every bit of a sum, and the carry out of its top bit.

    Parameters:
        m: Module that gets the logic.
        half: XOR of the two operands.
        both: AND of the two operands.
        first: Carry into the lowest bit.
    """
    chain = [first]
    for bit in range(len(half)):
        chain.append(named(m, both[bit] | (half[bit] & chain[-1]), "carry"))
    return Cat(*chain)


def add(m: Module, x: Value, y: Value, carry: int | Value = 0) -> Signal:
    """Return the sum of two unsigned numbers and a carry, one bit wider than the wider of them.

    It is a chain of full adders whose sum and carry share a term. That takes less area than the
    adder that synthesis builds for a plus.
    """
    width = max(len(x), len(y))
    x, y = widen(x, width), widen(y, width)
    half = named(m, x ^ y, "half")
    chain = carries(m, half, named(m, x & y, "both"), Value.cast(carry)[:1])
    return named(m, Cat(half ^ chain[:-1], chain[-1]), "total")


def fast_add(m: Module, x: Value, y: Value, carry: int | Value = 0) -> Signal:
    """Return the same as :func:`add`, by an adder that synthesis builds for speed."""
    width = max(len(x), len(y))
    # The lowest place turns the carry into one of the operands' bits.
    x, y = Cat(Const(1, 1), widen(x, width)), Cat(Value.cast(carry)[:1], widen(y, width))
    return named(m, (x + y)[1:], "total")


def multiply(m: Module, a: Value, b: Value, ranks: Ranks | None = None) -> Value:
    """Return the product of two unsigned numbers of even width, in radix 4, behind cut point 1.

    Two bits of ``b`` select 0, a, 2a or 3a. Computing 3a once takes less area than the rows that it
    saves, and unlike Booth digits these have no signs.
    """
    width = len(a) + 2
    plus = fast_add if ranks else add
    double, triple = Cat(Const(0, 1), a), plus(m, a, Cat(Const(0, 1), a))
    size = len(a) + len(b)
    heap = TimedHeap(m, size, Cut(ranks, DEADLINE)) if ranks else BitHeap(m, size)
    for place in range(0, len(b), 2):
        low, high = b[place], b[place + 1]
        row: Value = Const(0, width)
        for chosen, multiple in ((low & ~high, a), (high & ~low, double), (low & high, triple)):
            mask = named(m, chosen, "digit").replicate(width)
            row = row | (widen(multiple, width) & mask)
        row = named(m, row, "row")
        for bit in range(width):
            heap.add(place + bit, row[bit])
    if isinstance(heap, TimedHeap):
        x, y = heap.rows()
        return named(m, (x + y)[:size], "product")
    while heap.height > 2:
        heap.compress()
    return heap.total()


def shift_right(m: Module, value: Value, amount: Value, width: int) -> tuple[Value, Value]:
    """Shift a value at the top of a window to the right. Return the window and the sticky bit.

    Small steps come first, while the value is narrow.

    Parameters:
        m: Module that gets the logic.
        value: Value, in the top bits of the window.
        amount: Distance.
        width: Bits of the window.
    """
    lost: Value = Const(0, 1)
    for place in range(len(amount)):
        step = 1 << place
        grown = min(len(value) + step, width)
        off = len(value) + step - grown
        lost = named(m, lost | (amount[place] & any_bit(value[:off])), "lost")
        moved, kept = value[off:], Cat(Const(0, grown - len(value)), value)
        value = named(m, select(amount[place], moved, kept), "shifted")
    return Cat(Const(0, width - len(value)), value), lost


def normalise(
    m: Module, value: Value, limit: Value, size: int, fill: Value, ranks: Ranks
) -> tuple[Value, Value, Value, Value]:
    """Shift left until the top bit is one, but by ``limit`` at most, behind cut point 6.

    Each step tests for zeros in the result of the step before; leading zeros are not counted. The
    distance is the smaller of limit and leading zeros, built from its top bit down: a step needs a
    one in the limit, until a one of the limit was not needed, after which every step is free.

    Parameters:
        m: Module that gets the logic.
        value: Value to shift.
        limit: Largest distance; at least as wide as the distance.
        size: Bits of the result.
        fill: Bit that moves in.
        ranks: Ranks; cut point 6 lies between the count of zeros and the shift.

    Returns:
        The top bits, the distance, and whether any and whether all of the bits below are ones.
    """
    if ranks:
        return _normalise_fast(m, value, limit, size, fill, ranks)
    places = (len(value) - 1).bit_length()
    free: Value = named(m, any_bit(limit[places:]), "free")
    some: Value = Const(0, 1)
    every: Value = Const(1, 1)
    amount: list[Value] = []
    for place in reversed(range(places)):
        step = 1 << place
        zeros = named(m, ~value[-step:].any(), "zeros")
        move = named(m, zeros & (limit[place] | free), "move")
        free = named(m, free | (limit[place] & ~zeros), "free")
        amount.insert(0, move)
        # Bits that the remaining steps cannot bring into the result are dropped here.
        left = max(0, len(value) - (size + step - 1))
        moved = Cat(fill.replicate(step), value)[:-step]
        behind = select(move, moved[:left], value[:left])
        some = named(m, some | any_bit(behind), "some")
        every = named(m, every & ~any_bit(~behind), "every")
        value = named(m, select(move, moved[left:], value[left:]), "normalised")
    return value, Cat(*amount), some, every


def _normalise_fast(
    m: Module, value: Value, limit: Value, size: int, fill: Value, ranks: Ranks
) -> tuple[Value, Value, Value, Value]:
    """Return the same as :func:`normalise`, by a shifter behind a tree that counts zeros.

    A one at the place that the limit allows to become the top bit stops the count.
    """
    places = (len(value) - 1).bit_length()
    stops = [
        named(m, is_value(limit, distance), "stop") if distance >> len(limit) == 0 else Const(0, 1)
        for distance in range(len(value))
    ]
    marked = [bit | stop for bit, stop in zip(reversed(value), stops, strict=True)]
    padding = [Const(1, 1)] * ((1 << places) - len(value))
    _, amount = leading_zeros(m, [*marked, *padding])
    value, fill = ranks.carry(value, 6, 6), ranks.carry(fill, 6, 6)
    amount = [ranks.carry(bit, 6, 6) for bit in amount]
    some: Value = Const(0, 1)
    every: Value = Const(1, 1)
    for place in reversed(range(places)):
        step = 1 << place
        move = amount[place]
        left = max(0, len(value) - (size + step - 1))
        moved = Cat(fill.replicate(step), value)[:-step]
        behind = select(move, moved[:left], value[:left])
        some = named(m, some | any_bit(behind), "some")
        every = named(m, every & ~any_bit(~behind), "every")
        value = named(m, select(move, moved[left:], value[left:]), "normalised")
    return value, Cat(*amount), some, every


def leading_zeros(m: Module, bits: Sequence[Value]) -> tuple[Value, list[Value]]:
    """Return whether all of 2**n bits are zero, and the number of zeros ahead of the first one.

    Parameters:
        m: Module that gets the logic.
        bits: The bits, the first one at the top.
    """
    if len(bits) == 1:
        return ~bits[0], []
    half = len(bits) // 2
    none, upper = leading_zeros(m, bits[:half])
    rest, lower = leading_zeros(m, bits[half:])
    none = named(m, none, "none")
    digits = [select(none, low, high) for low, high in zip(lower, upper, strict=True)]
    return none & rest, [named(m, digit, "zeros") for digit in [*digits, none]]
