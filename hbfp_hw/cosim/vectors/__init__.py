"""Where the vectors of each unit come from."""

from collections.abc import Callable
from importlib import import_module

from hbfp_hw.cosim.batch import Source
from hbfp_hw.generation.description import DesignDescription

SOURCES = {
    "convert": "convert.Convert",
    "dot": "pairs.Dot",
    "fp32": "sums.FP32",
    "accumulate": "sums.Accumulate",
    "mac": "pairs.MAC",
    "dot_engine": "sums.DotEngine",
    "pe": "sums.PE",
    "array": "array.Array",
    "gemm": "gemm.GEMM",
    "core": "core.Core",
    "fp32_mac": "baselines.FP32MAC",
    "bf16_mac": "baselines.BF16MAC",
    "int8_mac": "baselines.INT8MAC",
}
"""For each unit a module of this package and its class."""


def source_of(description: DesignDescription) -> Source:
    """The source of vectors for a design.

    Raises:
        ValueError: The unit has none.
    """
    unit = description.unit
    if unit not in SOURCES:
        raise ValueError(f"Unit must be one of {', '.join(SOURCES)}, not {unit!r}")
    module, _, name = SOURCES[unit].partition(".")
    make: Callable[[DesignDescription], Source] = getattr(
        import_module(f"{__name__}.{module}"), name
    )
    return make(description)
