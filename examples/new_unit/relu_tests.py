"""cocotb tests of relu: they run inside the simulator."""

from typing import Any

import cocotb
import numpy as np
from golden import relu

from hbfp_hw.sim.bench import Bench, assert_equal, design_parameters, generator
from hbfp_hw.sim.coverage import count

CORNERS = [0, 0x80000000, 1, 0x80000001, 0x7F800000, 0xFF800000, 0x7F800001, 0xFFC00000]
"""Bit patterns of both zeros, and of a subnormal, an infinity and a NaN of each sign."""


def classes(pattern: int) -> set[str]:
    """Return the corner classes of one value."""
    nan = pattern & 0x7FFFFFFF > 0x7F800000
    return {"nan"} if nan else {"negative"} if pattern >> 31 else {"positive"}


async def check(bench: Bench) -> None:
    """Send random bits and corner cases, and compare every bit of the results."""
    rng = generator("relu")
    values = rng.integers(0, 1 << 32, (bench.transfers, design_parameters()["lanes"]), np.uint32)
    corner = rng.random(values.shape) < 0.3
    values[corner] = rng.choice(np.array(CORNERS, np.uint32), np.count_nonzero(corner))
    count("relu", map(classes, values.ravel().tolist()))
    found = await bench.run({"i": {"values": values}}, len(values))
    assert_equal(found["values"], relu(values), "values")


@cocotb.test()
async def without_stalls(dut: Any) -> None:
    bench = Bench(dut)
    await check(bench)
    bench.check_timing()  # the latency that the unit states, one transfer per cycle


@cocotb.test()
async def with_stalls(dut: Any) -> None:
    await check(Bench(dut, 0.4))
