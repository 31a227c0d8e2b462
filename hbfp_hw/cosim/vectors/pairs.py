"""Vectors of the units whose input is a pair of blocks: dot and mac."""

from typing import Any

from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import Batch, FieldArrays, stream_fields
from hbfp_hw.cosim.vectors.blocks import draw_blocks, formats_of
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.dot import dot
from hbfp_hw.golden.mac import multiply_add
from hbfp_hw.sim.block_payloads import block_payload
from hbfp_hw.sim.stimulus import bits, near_pairs


class DotVectors:
    """Pairs of blocks. The exact sums are compared, before rounding."""

    meaning = "one pair of blocks"

    def __init__(self, description: DesignDescription):
        self.fields = stream_fields(description)
        self.formats = formats_of(description.parameters)
        self.signs = description.parameters["sign_magnitude"]
        # A few megabytes of mantissas, so that drawing the pool takes a small part of the time.
        self.batch_size = min(1 << 17, max(256, (1 << 22) // self.formats[0].block_size))

    def draw(self, rng: Generator, count: int) -> Batch:
        """Draw vectors; see :class:`~hbfp_hw.cosim.batch.Vectors`."""
        (a, b), payload, classes = self.draw_pairs(rng, count)
        products = dot(a, b)
        expected: FieldArrays = {
            "sum": products.sums[:, 0],
            "exponent": products.exponents[:, 0],
            "nan": products.nan[:, 0],
        }
        return Batch({"i": payload}, {"o": expected}, classes)

    def draw_pairs(
        self, rng: Generator, count: int
    ) -> tuple[tuple[Blocks, Blocks], dict[str, NDArray[Any]], dict[str, int]]:
        """Draw both operands; return them, their fields, and the number of blocks in each class."""
        (a, of_a), (b, of_b) = (
            draw_blocks(rng, f"{name}.", fmt, count)
            for name, fmt in zip("ab", self.formats, strict=True)
        )
        payload = block_payload(rng, "a", a, self.signs) | block_payload(rng, "b", b, self.signs)
        return (a, b), payload, of_a | of_b


class MACVectors(DotVectors):
    """Pairs of blocks, with addends of every magnitude, among them some that cancel the product."""

    meaning = "one pair of blocks and an addend"

    def draw(self, rng: Generator, count: int) -> Batch:
        """Draw vectors; see :class:`~hbfp_hw.cosim.batch.Vectors`."""
        (a, b), payload, classes = self.draw_pairs(rng, count)
        c = near_pairs(rng, dot(a, b).round()[:, 0])
        value = bits(multiply_add(a, b, c[:, None])[:, 0])
        payload["c"] = bits(c)
        return Batch({"i": payload}, {"o": {"value": value}}, classes)
