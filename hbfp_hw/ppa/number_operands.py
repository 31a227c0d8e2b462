"""Operands of a product in the number formats of the baselines: FP32, BF16 and INT8."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import FieldArrays
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.golden.bf16_mac import Accumulation, bf16_mac
from hbfp_hw.golden.convert import split
from hbfp_hw.golden.fp32_mac import fp32_mac
from hbfp_hw.golden.int8_mac import int8_mac
from hbfp_hw.ppa.windows import Places

LARGEST_INT8 = 127
"""Integer that stands for the largest magnitude of a matrix; -128 is not used."""


class NumberOperands(ABC):
    """Operands of a baseline: in each transfer ``lanes`` neighbours along K, and the running sum.

    Parameters:
        description: Description of the unit.
        x: Left operand, float32, shape (M, K).
        w: Right operand, float32, shape (K, P).

    Members:
        elements, steps, zero: See :class:`~hbfp_hw.ppa.stimulus.ProductOperands`.
        parameters: Parameters of the unit.
        a, b: Factors in the unit's format, shape (M or P, steps, lanes).
    """

    zero: NDArray[Any] = np.zeros((), np.float32)
    sum_pattern: ClassVar[Any] = np.uint32
    """Type of the bit patterns of sums."""

    def __init__(
        self, description: DesignDescription, x: NDArray[np.float32], w: NDArray[np.float32]
    ):
        self.parameters = description.parameters
        lanes = self.parameters["lanes"]
        self.a, self.b = (self.factors(split(lines, lanes)) for lines in (x, w.T))
        self.elements, self.steps = len(self.a) * len(self.b), self.a.shape[1]

    @abstractmethod
    def factors(self, values: NDArray[np.float32]) -> NDArray[Any]:
        """Return a matrix rounded to the format of the unit's factors."""

    @abstractmethod
    def multiply_add(self, a: NDArray[Any], b: NDArray[Any], c: NDArray[Any]) -> NDArray[Any]:
        """Return the golden model's results."""

    def _pairs(self, places: Places) -> tuple[NDArray[Any], NDArray[Any]]:
        rows, columns = np.divmod(places.elements, len(self.b))
        return self.a[rows, places.steps], self.b[columns, places.steps]

    def add(self, places: Places, sums: NDArray[Any]) -> NDArray[Any]:
        """Return the sums after these transfers."""
        return self.multiply_add(*self._pairs(places), sums)

    def inputs(self, places: Places, sums: NDArray[Any]) -> dict[str, FieldArrays]:
        """Return the payload fields of each input stream."""
        a, b = (_patterns(factors) for factors in self._pairs(places))
        return {"i": {"a": a, "b": b, "c": _patterns(sums)}}

    def results(self, places: Places, sums: NDArray[Any]) -> FieldArrays:
        """Return the fields of the output stream."""
        return {"value": _patterns(sums)}


def _patterns(values: NDArray[Any]) -> NDArray[Any]:
    """Return the bit patterns of floats; integers as they are."""
    return values.view(np.uint32) if values.dtype == np.float32 else values


class FP32MACOperands(NumberOperands):
    """Operands of ``fp32_mac``, fused or separate."""

    def factors(self, values: NDArray[np.float32]) -> NDArray[Any]:
        return values

    def multiply_add(self, a: NDArray[Any], b: NDArray[Any], c: NDArray[Any]) -> NDArray[Any]:
        return fp32_mac(a, b, c, fused=self.parameters["fused"])


class BF16Operands(NumberOperands):
    """Operands of ``bf16_mac``, with FP32 or BF16 sums."""

    def __init__(
        self, description: DesignDescription, x: NDArray[np.float32], w: NDArray[np.float32]
    ):
        super().__init__(description, x, w)
        self.accumulation = Accumulation(self.parameters["accumulate"])
        fp32 = self.accumulation is Accumulation.FP32
        self.zero = np.zeros((), np.float32 if fp32 else np.uint16)

    def factors(self, values: NDArray[np.float32]) -> NDArray[Any]:
        return to_bf16(values)

    def multiply_add(self, a: NDArray[Any], b: NDArray[Any], c: NDArray[Any]) -> NDArray[Any]:
        return bf16_mac(a, b, c, self.accumulation)


class INT8Operands(NumberOperands):
    """Operands of ``int8_mac``, with one scale for each matrix."""

    zero: NDArray[Any] = np.zeros((), np.int32)

    def factors(self, values: NDArray[np.float32]) -> NDArray[Any]:
        return to_int8(values)

    def multiply_add(self, a: NDArray[Any], b: NDArray[Any], c: NDArray[Any]) -> NDArray[Any]:
        return int8_mac(a, b, c)


def to_bf16(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return the BF16 patterns of finite numbers, rounded to nearest even."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    up = np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))
    return (bits + up >> np.uint32(16)).astype(np.uint16)


def to_int8(values: NDArray[np.float32]) -> NDArray[np.int8]:
    """Return integers in proportion to finite numbers, the largest magnitude being 127."""
    wide = values.astype(np.float64)
    largest = np.abs(wide).max()
    return np.rint(wide * (LARGEST_INT8 / largest if largest else 0.0)).astype(np.int8)
