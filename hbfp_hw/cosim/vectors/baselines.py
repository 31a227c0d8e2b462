"""Vectors of the baselines: MAC units in FP32, BF16 and INT8."""

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import Batch, count_classes, stream_fields
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.golden.bf16_mac import Accumulation, bf16_mac
from hbfp_hw.golden.fp32_mac import fp32_mac
from hbfp_hw.golden.int8_mac import int8_mac
from hbfp_hw.sim.stimulus import TRIPLE_CLASSES, bits, floats, integers, lanes


class FP32MACVectors:
    """Factors of every class in one lane; the other lanes have products of 0 or near the addend."""

    meaning = "the factors of every lane and an addend"
    batch_size = 1 << 13
    factor_bits = 32

    def __init__(self, description: DesignDescription):
        self.fields = stream_fields(description)
        self.parameters = description.parameters
        self.bits = 32

    def draw(self, rng: Generator, count: int) -> Batch:
        """Draw vectors; see :class:`~hbfp_hw.cosim.batch.Vectors`."""
        a, b, c, classes = lanes(rng, count, self.parameters["lanes"], self.factor_bits, self.bits)
        drawn = count_classes("", list(TRIPLE_CLASSES), classes)
        expected = {"value": self.golden(a, b, c)}
        return Batch({"i": {"a": a, "b": b, "c": c}}, {"o": expected}, drawn)

    def golden(self, a: NDArray[Any], b: NDArray[Any], c: NDArray[Any]) -> NDArray[Any]:
        """Return the bit patterns of the results."""
        return bits(fp32_mac(*map(floats, (a, b, c)), fused=self.parameters["fused"]))


class BF16MACVectors(FP32MACVectors):
    """Factors in BF16, addends in BF16 or FP32."""

    factor_bits = 16

    def __init__(self, description: DesignDescription):
        super().__init__(description)
        self.sums_in_fp32 = self.parameters["accumulate"] == Accumulation.FP32
        self.bits = 32 if self.sums_in_fp32 else 16

    def golden(self, a: NDArray[Any], b: NDArray[Any], c: NDArray[Any]) -> NDArray[Any]:
        """Return the bit patterns of the results."""
        if self.sums_in_fp32:
            return bits(bf16_mac(a, b, floats(c)))
        return bf16_mac(a, b, c, Accumulation.BF16)


class INT8MACVectors:
    """Integers of every size, extreme values, and sums that wrap around."""

    meaning = "the factors of every lane and an addend"
    batch_size = 1 << 14

    def __init__(self, description: DesignDescription):
        self.fields = stream_fields(description)
        self.lanes = description.parameters["lanes"]

    def draw(self, rng: Generator, count: int) -> Batch:
        """Draw vectors; see :class:`~hbfp_hw.cosim.batch.Vectors`."""
        a, b, c = integers(rng, count, self.lanes)
        value = int8_mac(a, b, c)
        drawn = {
            "extreme_product": int(((a == -128) & (b == -128)).any(axis=1).sum()),
            "wraps_around": int(np.count_nonzero((a * b).sum(axis=1) + c != value)),
            "fits": int(np.count_nonzero((a * b).sum(axis=1) + c == value)),
        }
        expected = {"value": value.view(np.uint32)}
        return Batch({"i": {"a": a, "b": b, "c": c}}, {"o": expected}, drawn)
