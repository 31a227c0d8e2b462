"""cocotb tests of the accumulator."""

from typing import Any

import cocotb
import numpy as np
from numpy.typing import NDArray

from hbfp_hw.sim.bench import Bench, assert_equal, check_reset, formats, generator
from hbfp_hw.sim.coverage.units import Inputs
from hbfp_hw.sim.stimulus.accumulation import Sums, golden_sums, make_sums, markers
from hbfp_hw.sim.stimulus.products import exact_products


def _stimulus(name: str, total: int) -> tuple[Inputs, NDArray[np.uint32], Sums]:
    rng = generator(name)
    products, _ = exact_products(rng, total, *formats())
    terms = products.round()
    sums = make_sums(rng, terms)
    payload = {"sum": products.sums, "exponent": products.exponents, "nan": products.nan}
    inputs = {"i": payload, "i_marker": markers(rng, sums)}
    return inputs, golden_sums(terms, sums), sums


async def _check(bench: Bench, name: str) -> Sums:
    inputs, expected, sums = _stimulus(name, bench.transfers)
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
