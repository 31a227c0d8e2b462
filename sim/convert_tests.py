"""cocotb tests of the converter."""

from dataclasses import replace
from typing import Any

import cocotb
import numpy as np

from hbfp_hw.format import Rounding
from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.convert import convert
from hbfp_hw.sim.bench import (
    Bench,
    assert_equal,
    check_reset,
    design_parameters,
    formats,
    generator,
)
from hbfp_hw.sim.coverage.units import Inputs
from hbfp_hw.sim.stimulus import block_classes, blocks, count


def _stimulus(name: str, total: int) -> tuple[Inputs, Blocks]:
    """Draw payloads of every class, rounding mode and width; return them and the golden blocks."""
    rng, (fmt, _), design = generator(name), formats(), design_parameters()
    values, classes = blocks(rng, fmt, total)
    assert min(count(classes, block_classes(fmt)).values()) > 0
    given = design["rounding"]
    modes = rng.integers(0, len(Rounding), total) if given == "any" else [Rounding[given.upper()]]
    rounding = np.broadcast_to(modes, total)
    seed, step = rng.integers(0, 1 << 32, (2, total))
    narrow = np.zeros(total, bool)
    if design["narrow_bits"] is not None:
        narrow = rng.random(total) < 0.5
        narrow_fmt = replace(fmt, mantissa_bits=design["narrow_bits"])
    mantissas = np.zeros((total, fmt.block_size), fmt.mantissa_dtype)
    exponents = np.zeros(total, np.int16)
    for index in range(total):
        block = convert(
            values[index],
            narrow_fmt if narrow[index] else fmt,
            Rounding(int(rounding[index])),
            seed=int(seed[index]),
            step=step[index : index + 1],
            random_bits=design["random_bits"],
        )
        mantissas[index], exponents[index] = block.mantissas[0], block.exponents[0]
    fields = {"values": values.view(np.uint32), "seed": seed, "step": step, "rounding": rounding}
    return {"i": fields | {"narrow": narrow}}, Blocks(fmt, mantissas, exponents)


async def _check(bench: Bench, name: str) -> None:
    inputs, expected = _stimulus(name, bench.transfers)
    outputs = await bench.run(inputs, len(expected.exponents))
    assert_equal(outputs["exponent"], expected.exponents, "exponents")
    found = outputs["mantissas"].reshape(expected.mantissas.shape)
    if design_parameters()["sign_magnitude"]:
        signs = found >> expected.fmt.fraction_bits
        assert_equal(signs, inputs["i"]["values"] >> 31, "signs")
        found = np.where(signs, -1, 1) * (found & expected.fmt.max_mantissa)
    assert_equal(found, expected.mantissas, "mantissas")


@cocotb.test()
async def every_class_without_stalls(dut: Any) -> None:
    bench = Bench(dut)
    await _check(bench, "without stalls")
    bench.check_timing()


@cocotb.test()
async def every_class_with_stalls(dut: Any) -> None:
    await _check(Bench(dut, 0.4), "with stalls")


@cocotb.test()
async def slow_sink(dut: Any) -> None:
    await _check(Bench(dut, {"o": 0.8}), "slow sink")


@cocotb.test()
async def reset_drops_everything(dut: Any) -> None:
    inputs, _ = _stimulus("reset", 40)
    await check_reset(dut, inputs)
