"""cocotb tests of the FP32 arithmetic: rounding exact sums, and adding."""

from typing import Any

import cocotb

from hbfp_hw.golden.fp32 import add
from hbfp_hw.sim.bench import Bench, assert_equal, formats, generator
from hbfp_hw.sim.coverage.units import Fields, Inputs
from hbfp_hw.sim.stimulus import bits, count, near_pairs
from hbfp_hw.sim.stimulus.products import exact_products, product_classes


def _stimulus(name: str, total: int) -> tuple[Inputs, Fields]:
    rng = generator(name)
    product, classes = exact_products(rng, total, *formats())
    assert min(count(classes, product_classes(*formats())).values()) > 0
    value = product.round()
    addend = near_pairs(rng, value)
    inputs = {
        "product.sum": product.sums,
        "product.exponent": product.exponents,
        "product.nan": product.nan,
        "addend": bits(addend),
    }
    return {"i": inputs}, {"value": bits(value), "total": bits(add(value, addend))}


async def _check(bench: Bench, name: str) -> None:
    inputs, expected = _stimulus(name, bench.transfers)
    outputs = await bench.run(inputs, len(expected["value"]))
    assert_equal(outputs["value"], expected["value"], "rounded sums")
    assert_equal(outputs["total"], expected["total"], "totals")


@cocotb.test()
async def every_class_without_stalls(dut: Any) -> None:
    bench = Bench(dut)
    await _check(bench, "without stalls")
    bench.check_timing()


@cocotb.test()
async def every_class_with_stalls(dut: Any) -> None:
    await _check(Bench(dut, 0.4), "with stalls")
