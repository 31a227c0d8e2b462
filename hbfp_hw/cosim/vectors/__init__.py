"""Where the vectors of each unit come from."""

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
"""For each unit a module of this package and its class."""


def vectors_of(description: DesignDescription) -> Vectors:
    """The source of vectors for a design.

    Raises:
        ValueError: The unit has none.
    """
    unit = description.unit
    if unit not in UNIT_VECTORS:
        raise ValueError(f"Unit must be one of {', '.join(UNIT_VECTORS)}, not {unit!r}")
    module, _, name = UNIT_VECTORS[unit].partition(".")
    make: Callable[[DesignDescription], Vectors] = getattr(
        import_module(f"{__name__}.{module}"), name
    )
    return make(description)
