"""cocotb tests of the INT8 multiply-add."""

from typing import Any

import cocotb
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.golden.int8_mac import int8_mac
from hbfp_hw.sim.baseline import Operands, check
from hbfp_hw.sim.bench import Bench, design_parameters
from hbfp_hw.sim.stimulus import integers


def _draw(rng: Generator, total: int) -> Operands:
    return integers(rng, total, design_parameters()["lanes"])


def _golden(operands: Operands) -> NDArray[Any]:
    return int8_mac(*operands)


@cocotb.test()
async def extremes_without_stalls(dut: Any) -> None:
    bench = Bench(dut)
    await check(bench, "without stalls", _draw, _golden)
    bench.check_timing()


@cocotb.test()
async def extremes_with_stalls(dut: Any) -> None:
    await check(Bench(dut, 0.4), "with stalls", _draw, _golden)


@cocotb.test()
async def slow_sink(dut: Any) -> None:
    await check(Bench(dut, {"o": 0.8}), "slow sink", _draw, _golden)
