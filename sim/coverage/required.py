"""Corner classes that the tests of each unit must hit, where its parameters allow them."""

from collections.abc import Mapping

from hbfp_hw.generation.corner_classes import ADD, MODES, MULTIPLY, RANGE
from hbfp_hw.generation.description import DesignDescription, Stream
from hbfp_hw.generation.registry import UNITS
from hbfp_hw.sim.stimulus.descriptors import bad_fields

CANCELLING_BITS = 12
"""Largest sum of both mantissa widths for which random products often add up to 0."""


def required(description: DesignDescription) -> set[str]:
    """Return the names of the classes that each run of the tests of a design must hit.

    Parameters:
        description: Description of the design.
    """
    given = description.parameters
    entry = UNITS.get(description.unit)
    steps = {} if entry is None else dict(entry.classes)
    if "fused" in steps and not given.get("fused", True):
        steps = {"multiply": MULTIPLY, "add": (*ADD, "inf_minus_inf")}
    if "i_descriptor" in description.streams:
        steps["descriptor"] = tuple(bad_fields(given["block_size"], given["depth"]))
    if "convert" in steps:
        steps["convert"] = (*steps["convert"], *_conversions(description))
    names = {f"{step}.{name}" for step, classes in steps.items() for name in classes}
    return (names | set(_stalls(description.streams))) - _impossible(description)


def _impossible(description: DesignDescription) -> set[str]:
    """Return the classes that cannot occur with these parameters, or hardly by chance."""
    given, names = description.parameters, set()
    if given.get("exponent_bits", 10) < 8:  # no product leaves the range of FP32
        names |= {f"{step}.{name}" for step in ("round", "add") for name in (*RANGE, "inf")}
    if given.get("variant") == "narrow":
        names |= {f"mode.{name}" for name in MODES if name != "4x4"}
    widths = given.get("mantissa_bits", 0)
    if isinstance(widths, list) and sum(widths) > CANCELLING_BITS:
        names.add("dot.cancel_to_zero")
    return names


def _conversions(description: DesignDescription) -> list[str]:
    """Return the classes of conversion that depend on rounding mode and exponent width."""
    given = description.parameters
    mode, exponent_bits = given.get("rounding", "any"), given["exponent_bits"]
    names = ["nearest", "stochastic", "truncate"] if mode == "any" else [mode]
    names += ["lone_bit", "tie"] if "nearest" in names else []
    if "variant" not in given:
        names += ["clamp_high"] if exponent_bits <= 8 else []
        names += ["clamp_low"] if exponent_bits <= 7 else []
    return names


def _stalls(streams: Mapping[str, Stream]) -> list[str]:
    """Return the classes of stalls: every stream stalls, and every source meets back-pressure."""
    names = [f"stream.{name}.held_back" for name in streams]
    return names + [
        f"stream.{name}.waited" for name, stream in streams.items() if stream.direction == "in"
    ]
