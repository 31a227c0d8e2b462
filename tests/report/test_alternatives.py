"""Dot products in textbook form compute exact sums."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from hbfp_hw.format import HBFPFormat
from hbfp_hw.report.alternatives import LaneMultiplier, PlainDot


def coded(q, bits, lane):
    """Return the bits of a mantissa in the code that a lane multiplier takes."""
    if lane is LaneMultiplier.TWOS_COMPLEMENT:
        return q & ((1 << bits) - 1)
    return abs(q) | (q < 0) << (bits - 1)


@pytest.mark.parametrize("lane", LaneMultiplier)
@pytest.mark.parametrize(("bits", "size"), [(2, 3), (4, 5), (6, 2)])
def test_exact_sums(lane, bits, size):
    unit = PlainDot(HBFPFormat(bits, size), lane)
    most = 2 ** (bits - 1) - 1
    rng = np.random.default_rng(bits)
    blocks = rng.integers(-most, most, (200, 2, size), endpoint=True)
    blocks[:4] = [[[s * most] * size, [t * most] * size] for s in (-1, 1) for t in (-1, 1)]
    found = []

    async def bench(ctx):
        for a, b in blocks.tolist():
            for port, values in ((unit.a, a), (unit.b, b)):
                word = sum(coded(q, bits, lane) << (bits * k) for k, q in enumerate(values))
                ctx.set(port.as_value(), word)
            found.append(ctx.get(unit.o))

    simulator = Simulator(unit)
    simulator.add_testbench(bench)
    simulator.run()
    wanted = (blocks[:, 0] * blocks[:, 1]).sum(axis=1)
    assert found == wanted.tolist()
    assert {-size * most**2, size * most**2} <= set(found)
