"""cocotb tests of the BF16 multiply-add."""

from typing import Any

import cocotb
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.golden.bf16_mac import Accumulation, bf16_mac
from hbfp_hw.sim.baseline import Operands, check, numbers
from hbfp_hw.sim.bench import Bench, design_parameters
from hbfp_hw.sim.stimulus import bits, floats


def _fp32_sums() -> bool:
    return bool(design_parameters()["accumulate"] == Accumulation.FP32)


def _draw(rng: Generator, total: int) -> Operands:
    return numbers(16, 32 if _fp32_sums() else 16)(rng, total)


def _golden(operands: Operands) -> NDArray[Any]:
    a, b, c = operands
    return bits(bf16_mac(a, b, floats(c))) if _fp32_sums() else bf16_mac(a, b, c, Accumulation.BF16)


@cocotb.test()
async def every_class_without_stalls(dut: Any) -> None:
    bench = Bench(dut)
    await check(bench, "without stalls", _draw, _golden)
    bench.check_timing()


@cocotb.test()
async def every_class_with_stalls(dut: Any) -> None:
    await check(Bench(dut, 0.4), "with stalls", _draw, _golden)


@cocotb.test()
async def slow_sink(dut: Any) -> None:
    await check(Bench(dut, {"o": 0.8}), "slow sink", _draw, _golden)
