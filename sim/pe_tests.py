"""cocotb tests of the processing element."""

from typing import Any, NamedTuple

import cocotb
import numpy as np
from numpy.typing import NDArray

from hbfp_hw.engine import NARROW_BITS, WIDE_BITS, Variant
from hbfp_hw.format import HBFPFormat
from hbfp_hw.sim.bench import (
    Bench,
    assert_equal,
    check_reset,
    description,
    design_parameters,
    generator,
)
from hbfp_hw.sim.block_payloads import to_sign_magnitude
from hbfp_hw.sim.coverage.units import Inputs
from hbfp_hw.sim.stimulus.accumulation import golden_sums, make_sums, markers
from hbfp_hw.sim.stimulus.mixed import MINUS_ZEROS, minus_zeros, mixed_blocks, mixed_terms
from hbfp_hw.sim.stimulus.paired_blocks import add_pair_classes

MODES = 4
"""Combinations of the widths of both operands."""


class Stimulus(NamedTuple):
    """Payloads with expected results.

    Members:
        inputs: Fields by stream.
        expected: Bits of the sums.
        last: Mask of the blocks that complete a sum.
        passes: Passes of each block.
    """

    inputs: Inputs
    expected: NDArray[np.uint32]
    last: NDArray[np.bool_]
    passes: NDArray[np.int64]


def _variant() -> Variant:
    return Variant(design_parameters()["variant"])


def _modes(rng: np.random.Generator, total: int) -> NDArray[np.intp]:
    """Draw a mode for each block so that every mode follows every mode."""
    modes = rng.integers(0, MODES, total)
    pairs = np.array([(first, second) for first in range(MODES) for second in range(MODES)])
    modes[: pairs.size] = rng.permutation(pairs).ravel()
    assert len(set(zip(modes[:-1].tolist(), modes[1:].tolist(), strict=True))) == MODES**2
    return modes


def _codes(rng: np.random.Generator, mantissas: NDArray[np.int64]) -> NDArray[np.int64]:
    """Encode mantissas as the design takes them."""
    if not design_parameters()["sign_magnitude"]:
        return mantissas
    bits = NARROW_BITS if _variant() is Variant.NARROW else WIDE_BITS
    return to_sign_magnitude(rng, mantissas, bits - 1)


def _stimulus(name: str, total: int, mode: int | None = None) -> Stimulus:
    rng, variant, given = generator(name), _variant(), design_parameters()
    modes = _modes(rng, total) if mode is None else np.full(total, mode)
    if variant is Variant.NARROW:
        modes = np.zeros_like(modes)
    wide_a, wide_b = modes & 1 == 1, modes & 2 == 2
    a, b = (
        mixed_blocks(rng, wide, given["block_size"], given["exponent_bits"])
        for wide in (wide_a, wide_b)
    )
    largest = [HBFPFormat(width, 1).max_mantissa for width in (WIDE_BITS, NARROW_BITS)]
    largest_a, largest_b = (np.where(wide, *largest) for wide in (wide_a, wide_b))
    add_pair_classes(rng, a.mantissas, b.mantissas, largest_a, largest_b)
    tail = slice(total - total // MINUS_ZEROS, total)
    made = minus_zeros(rng, wide_a[tail], wide_b[tail], given["block_size"], given["exponent_bits"])
    for side, blocks in zip((a, b), made, strict=True):
        side.mantissas[tail], side.exponents[tail] = blocks.mantissas, blocks.exponents
    terms = mixed_terms(a, b)
    sums = make_sums(rng, terms)
    payload = {
        "a.mantissas": _codes(rng, a.mantissas),
        "a.exponent": a.exponents,
        "b.mantissas": _codes(rng, b.mantissas),
        "b.exponent": b.exponents,
        "wide_a": wide_a,
        "wide_b": wide_b,
    }
    passes = [variant.passes(*wide) for wide in zip(wide_a, wide_b, strict=True)]
    return Stimulus(
        {"i": payload, "i_marker": markers(rng, sums)},
        golden_sums(terms, sums),
        sums.last,
        np.array(passes),
    )


async def _check(bench: Bench, name: str) -> Stimulus:
    stimulus = _stimulus(name, bench.transfers)
    outputs = await bench.run(stimulus.inputs, len(stimulus.expected))
    assert_equal(outputs["value"], stimulus.expected, "sums")
    return stimulus


@cocotb.test()
async def modes_change_without_a_bubble(dut: Any) -> None:
    """Blocks follow each other at a distance of their passes, and the latency is exact."""
    bench = Bench(dut)
    stimulus = await _check(bench, "without stalls")
    arrivals = np.array(bench.sources["i"].cycles)
    assert_equal(np.diff(arrivals), stimulus.passes[1:], "distances between blocks")
    assert bench.sources["i_marker"].cycles == bench.sources["i"].cycles
    latency = np.array(bench.sinks["o"].cycles) - arrivals[stimulus.last]
    assert set(latency.tolist()) == {description().latency}, latency


@cocotb.test()
async def sums_with_stalls(dut: Any) -> None:
    await _check(Bench(dut, 0.4), "with stalls")


@cocotb.test()
async def late_markers(dut: Any) -> None:
    await _check(Bench(dut, {"i_marker": 0.8}), "late markers")


@cocotb.test()
async def late_blocks(dut: Any) -> None:
    await _check(Bench(dut, {"i": 0.8}), "late blocks")


@cocotb.test()
async def slow_sink(dut: Any) -> None:
    await _check(Bench(dut, {"o": 0.9}), "slow sink")


@cocotb.test()
async def reset_between_passes(dut: Any) -> None:
    """A reset drops a begun block, and the next block starts with its first pass."""
    before = _stimulus("before the reset", 40, mode=MODES - 1)
    await check_reset(dut, before.inputs, cycles=int(before.passes.sum()))
    stimulus = _stimulus("after the reset", 4 * MODES**2)
    bench = Bench(dut)
    bench.send(stimulus.inputs)
    outputs = await bench.receive(len(stimulus.expected))
    assert_equal(outputs["value"], stimulus.expected, "sums")
