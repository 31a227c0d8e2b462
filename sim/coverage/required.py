"""Classes of cases that the tests of each unit must meet, where its parameters allow them."""

from collections.abc import Mapping
from typing import Any

CONVERT = ("inf", "nan", "negative_zero", "saturating", "subnormal", "vanish", "zero")
DOT = ("cancel_to_zero", "largest", "nan", "zero")
RANGE = ("overflow", "subnormal", "underflow")
"""Of sums of products; they need exponents that are not narrow."""

ROUND = ("carry_out", "exact", "nan", "tie", "zero", *RANGE)
ADD = (
    *("cancel", "cancel_to_zero", "carry_out", "exact", "gap_over_24", "inf", "inf_minus_inf"),
    *("nan", "subnormal", "tie", "zero"),
)
FUSED = (
    *("cancel", "cancel_to_zero", "carry_out", "exact", "gap_over_24", "inf", "inf_times_zero"),
    *("nan", "overflow", "subnormal", "tie", "to_normal", "underflow", "zero"),
)
MULTIPLY = ("carry_out", "inf", "inf_times_zero", "nan", "tie", "zero", *RANGE)
MODES = ("4x4", "4x6", "6x4", "6x6", "switch")

STEPS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "convert": {"convert": CONVERT},
    "dot": {"dot": DOT},
    "fp32": {"round": ROUND, "add": ADD},
    "accumulate": {"round": ROUND, "add": ADD},
    "mac": {"dot": DOT, "round": ("exact", "nan", "zero", *RANGE), "add": ADD},
    "dot_engine": {
        "convert": CONVERT,
        "dot": DOT,
        "round": ("exact", "nan", "zero", *RANGE),
        "add": ADD,
    },
    "pe": {"dot": DOT, "round": ("exact", "nan", "zero", *RANGE), "add": ADD, "mode": MODES},
    "array": {
        "dot": ("cancel_to_zero", "largest", "zero"),
        "round": ("exact", "zero", *RANGE),
        "add": ("cancel", "carry_out", "exact", "gap_over_24", "nan", "tie"),
        "mode": MODES,
    },
    "gemm": {
        "convert": ("inf", "saturating", "vanish", "zero"),
        "dot": ("nan", "zero"),
        "round": ("exact", "nan", "zero", *RANGE),
        "add": ("cancel", "exact", "gap_over_24", "nan", "tie", "zero"),
        "mode": MODES,
    },
    "fp32_mac": {"fused": FUSED},
    "bf16_mac": {"fused": FUSED},
    "int8_mac": {"integer": ("lowest", "plain", "wrap")},
}
"""Classes by unit and step of the arithmetic."""


def required(description: Mapping[str, Any]) -> set[str]:
    """Names of the classes that each run of the tests of a design must meet.

    Parameters:
        description: The design's, as in its ``.json``.
    """
    unit, given = description["unit"], description["parameters"]
    steps = dict(STEPS.get(unit, {}))
    if unit == "fp32_mac" and not given["fused"]:
        steps = {"multiply": MULTIPLY, "add": ADD}
    if given.get("variant") == "narrow":
        steps["mode"] = ("4x4",)
    exponent_bits = given.get("exponent_bits", 10)
    if exponent_bits < 8:  # no product leaves the range of FP32
        for step in steps.keys() & {"round", "add"}:
            steps[step] = tuple(
                name for name in steps[step] if name not in (*RANGE, "inf", "inf_minus_inf")
            )
    if "convert" in steps:
        steps["convert"] = (*steps["convert"], *_conversions(given, exponent_bits))
    names = {f"{step}.{name}" for step, classes in steps.items() for name in classes}
    if unit not in ("array", "core"):  # an array has no handshake; a core has buses
        names |= set(_stalls(description["streams"]))
    return names


def _conversions(given: Mapping[str, Any], exponent_bits: int) -> list[str]:
    """Rounding modes, and where exponents clamp."""
    mode = given.get("rounding", "any")
    names = ["nearest", "stochastic", "truncate"] if mode == "any" else [mode]
    names += ["tie"] if "nearest" in names else []
    if "variant" not in given:
        names += ["clamp_high"] if exponent_bits <= 8 else []
        names += ["clamp_low"] if exponent_bits <= 7 else []
    return names


def _stalls(streams: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Every source pauses and is made to wait, every sink pauses."""
    names = [f"stream.{name}.held_back" for name in streams]
    return names + [
        f"stream.{name}.waited" for name, stream in streams.items() if stream["direction"] == "in"
    ]
