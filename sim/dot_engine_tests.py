"""cocotb tests of the dot engine: the whole data path."""

from typing import Any

import cocotb
import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import Rounding
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
from hbfp_hw.sim.coverage.units import Inputs
from hbfp_hw.sim.stimulus import block_pairs
from hbfp_hw.sim.stimulus.accumulation import Sums, golden_sums, make_sums, markers


def _stimulus(name: str, total: int, rounding: Rounding) -> tuple[Inputs, NDArray[np.uint32], Sums]:
    """Draw payloads; return them, the golden results and the sums.

    A design with one rounding mode takes that one instead of ``rounding``.
    """
    rng = generator(name)
    given = design_parameters()
    if given["rounding"] != "any":
        rounding = Rounding[given["rounding"].upper()]
    operands, inputs = [], {}
    pairs = block_pairs(rng, *formats(), total)
    for stream, fmt, values in zip(("i_a", "i_b"), formats(), pairs, strict=True):
        seed, step = int(rng.integers(0, 1 << 32)), rng.integers(0, 1 << 32, total)
        inputs[stream] = {
            "values": values.view(np.uint32),
            "seed": np.full(total, seed),
            "step": step,
            "rounding": np.full(total, rounding),
        }
        random_bits = given["random_bits"]
        operands.append(
            convert(values, fmt, rounding, seed=seed, step=step[:, None], random_bits=random_bits)
        )
    terms = dot(*operands).round()[:, 0]
    sums = make_sums(rng, terms)
    inputs["i_marker"] = markers(rng, sums)
    return inputs, golden_sums(terms, sums), sums


async def _check(bench: Bench, name: str, rounding: Rounding) -> Sums:
    inputs, expected, sums = _stimulus(name, bench.transfers, rounding)
    outputs = await bench.run(inputs, len(expected))
    assert_equal(outputs["value"], expected, "sums")
    return sums


@cocotb.test()
async def sums_without_stalls(dut: Any) -> None:
    bench = Bench(dut)
    sums = await _check(bench, "without stalls", Rounding.NEAREST)
    bench.check_timing(sums.last)


@cocotb.test()
async def sums_with_stalls(dut: Any) -> None:
    await _check(Bench(dut, 0.4), "with stalls", Rounding.STOCHASTIC)


@cocotb.test()
async def late_operand(dut: Any) -> None:
    await _check(Bench(dut, {"i_b": 0.8}), "late operand", Rounding.TRUNCATE)


@cocotb.test()
async def slow_sink(dut: Any) -> None:
    await _check(Bench(dut, {"o": 0.9}), "slow sink", Rounding.NEAREST)


@cocotb.test()
async def reset_drops_everything(dut: Any) -> None:
    inputs, *_ = _stimulus("reset", 40, Rounding.NEAREST)
    await check_reset(dut, inputs)
