"""cocotb tests of the multiply-accumulate unit."""

from typing import Any

import cocotb
import numpy as np
from numpy.typing import NDArray

from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.convert import convert
from hbfp_hw.golden.dot import dot
from hbfp_hw.golden.mac import multiply_add
from hbfp_hw.sim import parameters
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
from hbfp_hw.sim.stimulus import bits, block_pairs, near_pairs

Stimulus = tuple[Inputs, NDArray[np.float32]]


def make_stimulus(rng: np.random.Generator, a: Blocks, b: Blocks, sign_magnitude: bool) -> Stimulus:
    """Draw addends, from distant to cancelling. Return the payloads and the golden results."""
    c = near_pairs(rng, dot(a, b).round()[:, 0])
    payload = block_payload(rng, "a", a, sign_magnitude)
    payload |= block_payload(rng, "b", b, sign_magnitude)
    return {"i": payload | {"c": bits(c)}}, multiply_add(a, b, c[:, np.newaxis])[:, 0]


def _stimulus(name: str, total: int) -> Stimulus:
    rng = generator(name)
    fmt_a, fmt_b = formats()
    a, b = block_pairs(rng, fmt_a, fmt_b, total)
    return make_stimulus(
        rng, convert(a, fmt_a), convert(b, fmt_b), design_parameters()["sign_magnitude"]
    )


async def _check(bench: Bench, name: str) -> None:
    inputs, expected = _stimulus(name, bench.transfers)
    outputs = await bench.run(inputs, len(expected))
    assert_equal(outputs["value"], bits(expected), "results")


@cocotb.test()
async def every_class_without_stalls(dut: Any) -> None:
    bench = Bench(dut)
    await _check(bench, "without stalls")
    bench.check_timing()


@cocotb.test()
async def every_class_with_stalls(dut: Any) -> None:
    await _check(Bench(dut, 0.4), "with stalls")


@cocotb.test()
async def reset_drops_everything(dut: Any) -> None:
    await check_reset(dut, _stimulus("reset", parameters()["count"])[0])
