"""cocotb tests of the accumulator."""

from typing import Any, NamedTuple

import cocotb
import numpy as np
from numpy.typing import NDArray

from hbfp_hw.golden.accumulate import accumulate
from hbfp_hw.sim import parameters
from hbfp_hw.sim.bench import Bench, assert_equal, check_reset, formats, generator
from hbfp_hw.sim.fp32_tests import exact_products
from hbfp_hw.sim.stimulus import PAIR_CLASSES, bits

LONGEST_SUM = 9
"""Most blocks in one sum."""


class Sums(NamedTuple):
    """Sums of random length one after the other: marks of their blocks, and start values."""

    first: NDArray[np.bool_]
    last: NDArray[np.bool_]
    start: NDArray[np.float32]


def make_sums(rng: np.random.Generator, total: int) -> Sums:
    """Sums with ``total`` blocks together, of lengths from one up."""
    lengths = rng.integers(1, LONGEST_SUM + 1, total)
    ends = np.minimum(np.cumsum(lengths), total) - 1
    last = np.zeros(total, bool)
    last[ends] = True
    first = np.roll(last, 1)
    names = list(PAIR_CLASSES)
    starts = [PAIR_CLASSES[names[k % len(names)]](rng, 1)[0][0] for k in range(first.sum())]
    plain = rng.random(len(starts)) < 0.5
    return Sums(first, last, np.where(plain, np.float32(0), np.array(starts, np.float32)))


def markers(rng: np.random.Generator, sums: Sums) -> dict[str, Any]:
    """Payloads of markers; C is arbitrary where no sum starts."""
    c = rng.integers(0, 1 << 32, len(sums.first), dtype=np.uint32)
    c[sums.first] = bits(sums.start)
    return {"c": c, "first": sums.first, "last": sums.last}


def golden_sums(terms: NDArray[np.float32], sums: Sums) -> NDArray[np.uint32]:
    """What the golden model makes of the rounded products."""
    parts = np.split(terms, np.flatnonzero(sums.last)[:-1] + 1)
    totals = [accumulate(part, start) for part, start in zip(parts, sums.start, strict=True)]
    return bits(np.array(totals, np.float32))


def _stimulus(name: str, total: int) -> tuple[dict[str, Any], NDArray[np.uint32], Sums]:
    rng = generator(name)
    products = exact_products(rng, total, *formats())
    sums = make_sums(rng, total)
    payload = {"sum": products.sums, "exponent": products.exponents, "nan": products.nan}
    inputs = {"i": payload, "i_marker": markers(rng, sums)}
    return inputs, golden_sums(products.round(), sums), sums


async def _check(bench: Bench, name: str) -> Sums:
    inputs, expected, sums = _stimulus(name, parameters()["count"])
    outputs = await bench.run(inputs, len(expected))
    assert_equal(outputs["value"], expected, "sums")
    return sums


@cocotb.test()
async def sums_without_stalls(dut: Any) -> None:
    bench = Bench(dut)
    sums = await _check(bench, "without stalls")
    bench.check_timing(sums.last)


@cocotb.test()
async def sums_with_stalls(dut: Any) -> None:
    await _check(Bench(dut, 0.4), "with stalls")


@cocotb.test()
async def late_markers(dut: Any) -> None:
    await _check(Bench(dut, {"i_marker": 0.8}), "late markers")


@cocotb.test()
async def slow_sink(dut: Any) -> None:
    await _check(Bench(dut, {"o": 0.9}), "slow sink")


@cocotb.test()
async def reset_drops_everything(dut: Any) -> None:
    inputs, *_ = _stimulus("reset", 40)
    await check_reset(dut, inputs)
