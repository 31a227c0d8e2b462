"""Vectors of every unit: a module for each group of similar units."""

from collections.abc import Callable
from importlib import import_module

from hbfp_hw.cosim.batch import Vectors
from hbfp_hw.generation.description import DesignDescription

UNIT_VECTORS = {
    "convert": "convert.ConvertVectors",
    "dot": "pairs.DotVectors",
    "fp32": "sums.FP32Vectors",
    "accumulate": "sums.AccumulateVectors",
    "mac": "pairs.MACVectors",
    "dot_engine": "sums.DotEngineVectors",
    "pe": "sums.PEVectors",
    "array": "array.ArrayVectors",
    "gemm": "gemm.GEMMVectors",
    "core": "core.CoreVectors",
    "fp32_mac": "baselines.FP32MACVectors",
    "bf16_mac": "baselines.BF16MACVectors",
    "int8_mac": "baselines.INT8MACVectors",
}
"""Module in this package and class of each unit's vectors."""


def vectors_of(description: DesignDescription) -> Vectors:
    """Return the vectors for a design.

    Raises:
        ValueError: Its unit has no vectors.
    """
    unit = description.unit
    if unit not in UNIT_VECTORS:
        raise ValueError(f"Unit must be one of {', '.join(UNIT_VECTORS)}, not {unit!r}")
    module, _, name = UNIT_VECTORS[unit].partition(".")
    make: Callable[[DesignDescription], Vectors] = getattr(
        import_module(f"{__name__}.{module}"), name
    )
    return make(description)
