"""Components of this package, measured in transistors by the script of ``hbfp area``."""

import operator
from collections.abc import Callable

import numpy as np
from amaranth.hdl import Module, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.area import VerilogSource
from hbfp_hw.area.yosys import yosys_version
from hbfp_hw.density.components import Components, Converter, FloatComponents
from hbfp_hw.density.floats import (
    FLOATS,
    Accumulator,
    Adder,
    FloatFormat,
    FromFixed,
    Multiplier,
    ReLU,
)
from hbfp_hw.density.models import EXPONENT_BITS
from hbfp_hw.density.synthesis import Progress, SynthesisJob, count_all
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.verilog import tool_versions
from hbfp_hw.generation.yosys import convert
from hbfp_hw.helpers.package_hash import package_hash
from hbfp_hw.helpers.result_cache import cached_result
from hbfp_hw.rtl import Convert

MANTISSAS = range(2, 9)
"""Mantissa widths in bits whose components are measured."""
MULTIPLIERS = range(1, 9)
"""Multiplier widths in bits."""
ADDERS = range(1, 25)
"""Adder widths in bits. The models need 2m + log2 b + 1: 24 for m = 8 and b = 128, in a report."""
CONVERTED = (4, 8, 16)
"""Block sizes whose converters are measured, to fit :class:`.Converter` to."""

FLOAT_PARTS: dict[str, Callable[[FloatFormat], wiring.Component]] = {
    "add": Adder,
    "multiply": Multiplier,
    "accumulate": Accumulator,
    "relu": ReLU,
}
"""Floating-point components by their names in :class:`FloatComponents`."""


class Binary(wiring.Component):
    """Verilog's ``*`` or ``+`` on two signed operands of one width.

    Parameters:
        width: Bits of an operand.
        result_bits: Bits of the result; higher bits are dropped.
        operation: The operator.

    Members:
        a, b: Signed operands.
        o: Result.
    """

    def __init__(self, width: int, result_bits: int, operation: Callable[[Value, Value], Value]):
        self.operation = operation
        operand = In(signed(width))
        super().__init__({"a": operand, "b": operand, "o": Out(unsigned(result_bits))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.o.eq(self.operation(self.a, self.b))
        return m


def measure_components(*, cached: bool = True, progress: Progress | None = None) -> Components:
    """Return the table of our components, each measured alone, in transistors.

    The components are complete: floating point rounds to nearest even with subnormals, and the
    converter is :class:`~hbfp_hw.rtl.convert.Convert` from FP32, rounding to nearest.

    Parameters:
        cached: Whether earlier measurements may be used.
        progress: Called after each component.

    Raises:
        SynthesisError: Yosys fails, or its report is not as expected; the error names the log.
    """
    key = (package_hash().sha256, tool_versions(), yosys_version())
    # An edited file of the package no longer matches the loaded code, so the key cannot be trusted.
    known = cached and not package_hash().edited()
    counts, _ = cached_result("components", key, lambda *_: _count(cached, progress), cached=known)
    return _table(counts)


def _count(cached: bool, progress: Progress | None) -> dict[str, int]:
    """Return the transistors of each component by its name."""
    sources = {name: _source(name, part) for name, part in _parts().items()}
    for bits in MANTISSAS:
        for size in CONVERTED:
            unit = Convert(HBFPFormat(bits, size), rounding=Rounding.NEAREST, pipeline=0)
            sources[f"convert_{bits}_{size}"] = VerilogSource.of_unit(unit, cached=cached)
    jobs = [SynthesisJob(source) for source in sources.values()]
    return dict(zip(sources, count_all(jobs, cached=cached, progress=progress), strict=True))


def _parts() -> dict[str, wiring.Component]:
    """Return every component except the converters, by its name."""
    parts: dict[str, wiring.Component] = {}
    for width in MULTIPLIERS:
        parts[f"multiply_{width}"] = Binary(width, 2 * width, operator.mul)
    for width in ADDERS:
        parts[f"add_{width}"] = Binary(width, width, operator.add)
    for name, fmt in FLOATS.items():
        for kind, make in FLOAT_PARTS.items():
            parts[f"{name}_{kind}"] = make(fmt)
    for bits in MANTISSAS:
        parts[f"to_bf16_{bits}"] = FromFixed(FLOATS["BF16"], 2 * bits, EXPONENT_BITS)
    return parts


def _source(name: str, part: wiring.Component) -> VerilogSource:
    """Return the Verilog of a component."""
    return VerilogSource.of_text(convert(part, name), name)


def _table(counts: dict[str, int]) -> Components:
    """Return the table of components from their transistors by name."""
    converters = {}
    for bits in MANTISSAS:
        points = [counts[f"convert_{bits}_{size}"] for size in CONVERTED]
        slope, offset = np.polyfit(CONVERTED, points, 1)
        converters[bits] = Converter(float(slope), float(offset))
    return Components(
        name="measured",
        source="this package's components, each measured alone by the script of hbfp area "
        f"(pyosys {yosys_version()}); converters from FP32",
        unit="transistors",
        multipliers={width: counts[f"multiply_{width}"] for width in MULTIPLIERS},
        adders={width: counts[f"add_{width}"] for width in ADDERS},
        floats={
            name: FloatComponents(**{kind: counts[f"{name}_{kind}"] for kind in FLOAT_PARTS})
            for name in FLOATS
        },
        to_bf16={bits: counts[f"to_bf16_{bits}"] for bits in MANTISSAS},
        converters=converters,
    )
