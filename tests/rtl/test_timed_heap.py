"""The heap that adds up early bits first, against integers."""

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from hbfp_hw.rtl.ranks import Ranks
from hbfp_hw.rtl.timed_heap import GATE, Cut, TimedHeap

WIDTH = 9
LATE = 1000


class Summed:
    """A heap of random bits, some of them late and some subtracted, with its sum.

    Members:
        inputs: The bits.
        module: Module with the heap.
        total: The sum, behind the cut point.
        registers: Bits registered at the cut point.
    """

    def __init__(self, seed, deadline, registered):
        rng = np.random.default_rng(seed)
        self.module = m = Module()
        self.registers = 0
        ranks = Ranks(m, {1: Signal(init=1)} if registered else {})
        carry = ranks.carry

        def counted(value, first, last):
            self.registers += len(value)
            return carry(value, first, last)

        ranks.carry = counted
        heap = TimedHeap(m, WIDTH, Cut(ranks, deadline))
        self.inputs, self._parts = [], []
        for _ in range(12):
            bits, weight = Signal(int(rng.integers(1, 5))), int(rng.integers(WIDTH + 1))
            sign = int(rng.choice([-1, 1]))
            (heap.add if sign > 0 else heap.subtract)(weight, bits, int(rng.integers(4)) * GATE)
            self.inputs.append(bits)
            self._parts.append(sign * (1 << weight))
        self._constant = int(rng.integers(-50, 50))
        heap.add_constant(self._constant)
        x, y = heap.rows()
        self.total = Signal(WIDTH)
        m.d.comb += self.total.eq(x + y)

    def expected(self, values):
        counts = [int(value).bit_count() for value in values]
        parts = zip(self._parts, counts, strict=True)
        return (sum(weight * count for weight, count in parts) + self._constant) % (1 << WIDTH)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("deadline", "registered"), [(LATE, False), (LATE, True), (3 * GATE, True)]
)
def test_sum(seed, deadline, registered):
    heap = Summed(seed, deadline, registered)
    rng = np.random.default_rng(seed)
    simulator = Simulator(heap.module)
    if registered:
        simulator.add_clock(1e-6)

    async def check(context):
        for _ in range(30):
            values = [int(rng.integers(1 << len(bits))) for bits in heap.inputs]
            for bits, value in zip(heap.inputs, values, strict=True):
                context.set(bits, value)
            if registered:
                await context.tick()
            assert context.get(heap.total) == heap.expected(values)

    simulator.add_testbench(check)
    simulator.run()


def test_cut_point_moves_towards_the_bits():
    """An early deadline puts the registers where more bits are alive."""
    late, early = (Summed(1, deadline, True).registers for deadline in (LATE, GATE))
    assert 0 < late <= 2 * WIDTH < early


def test_late_bit_passes_few_adders():
    """A late bit is the last one to be added, whatever the order in which bits come."""
    arrivals = []
    for late in range(9):
        m = Module()
        m._MustUse__silence = True  # only the arrivals matter
        heap = TimedHeap(m, 4, Cut(Ranks(m, {}), LATE))
        bits = Signal(9)
        for place in range(9):
            heap.add(0, bits[place], 40 if place == late else 0)
        arrivals.append(max(bit.arrival for column in heap.compress(2) for bit in column))
    assert set(arrivals) == {40}
