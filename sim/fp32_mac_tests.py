"""cocotb tests of the FP32 multiply-add."""

from typing import Any

import cocotb
from numpy.typing import NDArray

from hbfp_hw.golden.fp32_mac import fp32_mac
from hbfp_hw.sim.baseline import Operands, check, numbers
from hbfp_hw.sim.bench import Bench, design_parameters
from hbfp_hw.sim.stimulus import bits, floats

DRAW = numbers(32, 32)


def _golden(operands: Operands) -> NDArray[Any]:
    a, b, c = map(floats, operands)
    return bits(fp32_mac(a, b, c, fused=design_parameters()["fused"]))


@cocotb.test()
async def every_class_without_stalls(dut: Any) -> None:
    bench = Bench(dut)
    await check(bench, "without stalls", DRAW, _golden)
    bench.check_timing()


@cocotb.test()
async def every_class_with_stalls(dut: Any) -> None:
    await check(Bench(dut, 0.4), "with stalls", DRAW, _golden)


@cocotb.test()
async def slow_sink(dut: Any) -> None:
    await check(Bench(dut, {"o": 0.8}), "slow sink", DRAW, _golden)
