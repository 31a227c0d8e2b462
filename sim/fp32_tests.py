"""cocotb tests of the FP32 arithmetic: rounding exact sums, and adding."""

from typing import Any

import cocotb
import numpy as np

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import DotProduct, max_sum
from hbfp_hw.golden.fp32 import add
from hbfp_hw.sim import parameters
from hbfp_hw.sim.bench import Bench, assert_equal, formats, generator
from hbfp_hw.sim.stimulus import SUM_CLASSES, bits, count, near_pairs, sums

NARROWEST_CLASSES = 27
"""Width of a sum from which on every class of rounding can occur."""


def exact_products(
    rng: np.random.Generator, total: int, fmt_a: HBFPFormat, fmt_b: HBFPFormat
) -> DotProduct:
    """Exact sums of every class that the formats can make, and a few NaN flags."""
    largest = max_sum(fmt_a, fmt_b)
    fraction_bits = fmt_a.fraction_bits + fmt_b.fraction_bits
    width = largest.bit_length() - 1  # every integer of so many bits can occur
    if width >= NARROWEST_CLASSES:
        integers, exponents, classes = sums(rng, total, width)
        assert min(count(classes, SUM_CLASSES).values()) > 0
    else:
        shifts = rng.integers(0, max(width, 1), total)
        integers = rng.integers(-largest, largest + 1, total) >> shifts
        exponents = rng.integers(-180, 130, total) - fraction_bits
    limit = 1 << fmt_a.exponent_bits
    exponents = np.clip(exponents + fraction_bits, -limit, limit - 1)
    return DotProduct(integers, exponents, rng.random(total) < 0.03, fraction_bits)


def _stimulus(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    rng = generator(name)
    product = exact_products(rng, parameters()["count"], *formats())
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
    inputs, expected = _stimulus(name)
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
