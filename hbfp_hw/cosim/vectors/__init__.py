"""Where the vectors of each unit come from."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from hbfp_hw.cosim.batch import Source

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


def source_of(description: Mapping[str, Any]) -> Source:
    """The source of vectors for a design.

    Raises:
        ValueError: The unit has none.
    """
    unit = description.get("unit")
    if unit not in SOURCES:
        raise ValueError(f"Unit must be one of {', '.join(SOURCES)}, not {unit!r}")
    module, _, name = SOURCES[unit].partition(".")
    make: Callable[[Mapping[str, Any]], Source] = getattr(
        import_module(f"{__name__}.{module}"), name
    )
    return make(description)
