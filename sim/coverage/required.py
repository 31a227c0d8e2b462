"""Classes of cases that the tests of each unit must meet, where its parameters allow them."""

from collections.abc import Mapping
from typing import Any

from hbfp_hw.generation.description import DesignDescription, Stream
from hbfp_hw.sim.stimulus.descriptors import bad_fields

CONVERT = ("inf", "nan", "negative_zero", "saturating", "subnormal", "vanish", "zero")
CANCELLING_BITS = 12
"""Widths of both mantissas together up to which sums of products are often 0 by chance."""

DOT = ("cancel_to_zero", "largest", "nan", "zero")
RANGE = ("overflow", "subnormal", "underflow")
"""Of sums of products; they need exponents that are not narrow."""

ROUND = ("carry_out", "exact", "lone_bit", "nan", "tie", "zero", *RANGE)
SUM = ("cancel", "cancel_to_zero", "exact", "gap_over_24", "inf", "nan", "subnormal", "zero")
"""Of additions whose terms come out of blocks: what only few terms do is tested where any can be
given, in ``accumulate`` and ``fp32``."""

ADD = (*SUM, "carry_out", "tie")
FUSED = (
    *("cancel", "cancel_to_zero", "carry_out", "exact", "gap_over_24", "inf", "inf_times_zero"),
    *("lone_bit", "nan", "overflow", "subnormal", "tie", "to_normal", "underflow", "zero"),
)
MULTIPLY = ("carry_out", "inf", "inf_times_zero", "nan", "tie", "zero", *RANGE)
MODES = ("4x4", "4x6", "6x4", "6x6", "switch")

ENGINE = {
    "convert": ("inf", "saturating", "vanish", "zero"),
    "dot": ("nan", "zero"),
    "round": ("exact", "nan", "zero", *RANGE),
    "add": ("cancel", "exact", "gap_over_24", "nan", "tie", "zero"),
    "mode": MODES,
}
"""Steps of a whole product."""

STEPS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "convert": {"convert": CONVERT},
    "dot": {"dot": DOT},
    "fp32": {"round": ROUND, "add": (*ADD, "inf_minus_inf", "lone_bit")},
    "accumulate": {"round": ROUND, "add": ADD},
    "mac": {
        "dot": DOT,
        "round": ("exact", "nan", "zero", *RANGE),
        "add": (*SUM, "inf_minus_inf", "tie"),
    },
    "dot_engine": {
        "convert": CONVERT,
        "dot": DOT,
        "round": ("exact", "nan", "zero", *RANGE),
        "add": SUM,
    },
    "pe": {"dot": DOT, "round": ("exact", "nan", "zero", *RANGE), "add": SUM, "mode": MODES},
    "array": {
        "dot": ("cancel_to_zero", "largest", "zero"),
        "round": ("exact", "zero", *RANGE),
        "add": ("cancel", "carry_out", "exact", "gap_over_24", "nan", "tie"),
        "mode": MODES,
    },
    "gemm": ENGINE,
    "core": ENGINE,
    "fp32_mac": {"fused": FUSED},
    "bf16_mac": {"fused": FUSED},
    "int8_mac": {"integer": ("lowest", "plain", "wrap")},
}
"""Classes by unit and step of the arithmetic."""


def required(description: DesignDescription) -> set[str]:
    """Names of the classes that each run of the tests of a design must meet.

    Parameters:
        description: Description of the design.
    """
    unit, given = description.unit, description.parameters
    steps = dict(STEPS.get(unit, {}))
    if unit == "fp32_mac" and not given["fused"]:
        steps = {"multiply": MULTIPLY, "add": (*ADD, "inf_minus_inf")}
    if unit == "gemm":
        steps["descriptor"] = tuple(bad_fields(given["block_size"], given["depth"]))
    if "convert" in steps:
        steps["convert"] = (*steps["convert"], *_conversions(given))
    names = {f"{step}.{name}" for step, classes in steps.items() for name in classes}
    if unit not in ("array", "core"):  # an array has no handshake; a core has buses
        names |= set(_stalls(description.streams))
    return names - _impossible(given)


def _impossible(given: Mapping[str, Any]) -> set[str]:
    """What cannot occur with these parameters, or hardly by chance."""
    names = set()
    if given.get("exponent_bits", 10) < 8:  # no product leaves the range of FP32
        names |= {f"{step}.{name}" for step in ("round", "add") for name in (*RANGE, "inf")}
    if given.get("variant") == "narrow":
        names |= {f"mode.{name}" for name in MODES if name != "4x4"}
    widths = given.get("mantissa_bits", 0)
    if isinstance(widths, list) and sum(widths) > CANCELLING_BITS:
        names.add("dot.cancel_to_zero")
    return names


def _conversions(given: Mapping[str, Any]) -> list[str]:
    """Rounding modes, and where exponents clamp."""
    mode, exponent_bits = given.get("rounding", "any"), given["exponent_bits"]
    names = ["nearest", "stochastic", "truncate"] if mode == "any" else [mode]
    names += ["lone_bit", "tie"] if "nearest" in names else []
    if "variant" not in given:
        names += ["clamp_high"] if exponent_bits <= 8 else []
        names += ["clamp_low"] if exponent_bits <= 7 else []
    return names


def _stalls(streams: Mapping[str, Stream]) -> list[str]:
    """Every source pauses and is made to wait, every sink pauses."""
    names = [f"stream.{name}.held_back" for name in streams]
    return names + [
        f"stream.{name}.waited" for name, stream in streams.items() if stream.direction == "in"
    ]
