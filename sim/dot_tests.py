"""cocotb tests of the block dot product."""

from typing import Any

import cocotb
import numpy as np

from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.convert import convert
from hbfp_hw.golden.dot import dot
from hbfp_hw.sim.bench import (
    Bench,
    assert_equal,
    check_reset,
    design_parameters,
    formats,
    generator,
)
from hbfp_hw.sim.block_payloads import block_payload
from hbfp_hw.sim.coverage.units import Inputs
from hbfp_hw.sim.stimulus import block_pairs

SHORT_WALK_BITS = 12
"""Largest sum of both mantissa widths for which each lane walks through every product; products
of wider operands are sampled."""

SAMPLES = 1024
"""Number of sampled pairs of mantissas, which every lane gets."""


def _payloads(a: Blocks, b: Blocks) -> Inputs:
    rng = generator("codes")
    signs = design_parameters()["sign_magnitude"]
    return {"i": block_payload(rng, "a", a, signs) | block_payload(rng, "b", b, signs)}


def _stimulus(name: str, total: int) -> tuple[Blocks, Blocks]:
    rng = generator(name)
    fmt_a, fmt_b = formats()
    a, b = block_pairs(rng, fmt_a, fmt_b, total)
    return convert(a, fmt_a), convert(b, fmt_b)


async def _check_classes(bench: Bench, name: str) -> None:
    await _check(bench, *_stimulus(name, bench.transfers))


async def _check(bench: Bench, a: Blocks, b: Blocks) -> None:
    outputs = await bench.run(_payloads(a, b), len(a.exponents))
    expected = dot(a, b)
    assert_equal(outputs["sum"], expected.sums[:, 0], "sums")
    assert_equal(outputs["exponent"], expected.exponents[:, 0], "exponents")
    assert_equal(outputs["nan"], expected.nan[:, 0], "NaN flags")


@cocotb.test()
async def every_class_without_stalls(dut: Any) -> None:
    bench = Bench(dut)
    await _check_classes(bench, "without stalls")
    bench.check_timing()


@cocotb.test()
async def every_class_with_stalls(dut: Any) -> None:
    await _check_classes(Bench(dut, 0.4), "with stalls")


@cocotb.test()
async def slow_sink(dut: Any) -> None:
    await _check_classes(Bench(dut, {"o": 0.8}), "slow sink")


@cocotb.test()
async def lane_products(dut: Any) -> None:
    """Each lane multiplies every pair of mantissas; each starts the walk at another pair."""
    fmt_a, fmt_b = formats()
    if fmt_a.mantissa_bits + fmt_b.mantissa_bits <= SHORT_WALK_BITS:
        a, b = (np.arange(-fmt.max_mantissa, fmt.max_mantissa + 1) for fmt in (fmt_a, fmt_b))
        pairs = np.stack(np.meshgrid(a, b), axis=-1).reshape(-1, 2)
    else:
        largest = np.array([fmt_a.max_mantissa, fmt_b.max_mantissa])
        pairs = generator("lane products").integers(-largest, largest + 1, (SAMPLES, 2))
    shifts = np.arange(fmt_a.block_size) * 7
    walk = pairs[(np.arange(len(pairs))[:, np.newaxis] + shifts) % len(pairs)]
    if fmt_a.mantissa_bits + fmt_b.mantissa_bits <= SHORT_WALK_BITS:
        every = (2 * fmt_a.max_mantissa + 1) * (2 * fmt_b.max_mantissa + 1)
        for lane in range(fmt_a.block_size):
            assert len(set(map(tuple, walk[:, lane].tolist()))) == every == len(walk)
    exponents = np.zeros((len(pairs), 1), np.int16)
    operands = [
        Blocks(fmt, walk[:, np.newaxis, :, side].astype(fmt.mantissa_dtype), exponents)
        for side, fmt in enumerate((fmt_a, fmt_b))
    ]
    await _check(Bench(dut), *operands)


@cocotb.test()
async def reset_drops_everything(dut: Any) -> None:
    await check_reset(dut, _payloads(*_stimulus("reset", 40)))
