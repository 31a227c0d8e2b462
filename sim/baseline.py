"""Stimulus and check shared by the cocotb tests of the baselines."""

from collections.abc import Callable
from typing import Any

from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.sim.bench import Bench, assert_equal, design_parameters, generator
from hbfp_hw.sim.stimulus import TRIPLE_CLASSES, count, lanes

Operands = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
"""Factors a and b, shape (transfers, lanes), and addends c, shape (transfers,)."""
Draw = Callable[[Generator, int], Operands]
"""Function that draws operands, given random numbers and the number of transfers."""
Golden = Callable[[Operands], NDArray[Any]]
"""Function that returns the expected results of operands."""


def numbers(factor_bits: int, bits: int) -> Draw:
    """Return a function that draws floating-point operands of every corner class."""

    def draw(rng: Generator, total: int) -> Operands:
        a, b, c, classes = lanes(rng, total, design_parameters()["lanes"], factor_bits, bits)
        assert min(count(classes, TRIPLE_CLASSES).values()) > 0
        return a, b, c

    return draw


async def check(bench: Bench, name: str, draw: Draw, golden: Golden) -> None:
    """Run a unit on drawn operands and compare its results with the golden model."""
    a, b, c = operands = draw(generator(name), bench.transfers)
    outputs = await bench.run({"i": {"a": a, "b": b, "c": c}}, len(c))
    assert_equal(outputs["value"], golden(operands), "results")
