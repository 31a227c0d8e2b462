"""Baselines refuse bad parameters with a message that states what they must be."""

import re
from functools import partial

import pytest

from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.rtl.baseline import BF16MAC, FP32MAC, INT8MAC

UNITS = (FP32MAC, BF16MAC, INT8MAC)


def refused(error, message):
    return pytest.raises(error, match=f"^{re.escape(message)}$")


@pytest.mark.parametrize("unit", UNITS)
def test_lanes(unit):
    for lanes in (1, 1024):
        assert unit(lanes).parameters["lanes"] == lanes
    assert unit().parameters["lanes"] == 1
    for lanes in (0, -1, 1025):
        with refused(ValueError, f"Lanes must be 1 to 1024, not {lanes}"):
            unit(lanes)
    for lanes in (1.0, "1", True, None):
        with refused(TypeError, f"Lanes must be an integer, not {lanes!r}"):
            unit(lanes)


@pytest.mark.parametrize(
    ("unit", "deepest"),
    [
        (FP32MAC, 5),
        (partial(FP32MAC, 2), 1),
        (partial(FP32MAC, fused=False), 1),
        (BF16MAC, 5),
        (partial(BF16MAC, accumulate=Accumulation.BF16), 5),
        (partial(BF16MAC, 2), 1),
        (INT8MAC, 1),
    ],
)
def test_pipeline_depth(unit, deepest):
    """A single fused multiply-add has stages within; other units have a register at most."""
    for depth in range(deepest + 1):
        made = unit(pipeline=depth)
        assert (made.parameters["pipeline"], made.latency) == (depth, depth)
    assert unit().parameters["pipeline"] == 0
    for depth in (-1, deepest + 1):
        with refused(ValueError, f"Pipeline depth must be 0 to {deepest}, not {depth}"):
            unit(pipeline=depth)
    with refused(TypeError, "Pipeline depth must be an integer, not 1.0"):
        unit(pipeline=1.0)


@pytest.mark.parametrize("fused", [1, "separate", None])
def test_fused(fused):
    with refused(TypeError, f"Fused must be True or False, not {fused!r}"):
        FP32MAC(fused=fused)


@pytest.mark.parametrize("accumulate", ["fp32", 32, None])
def test_accumulation(accumulate):
    with refused(TypeError, f"Accumulation must be an Accumulation, not {accumulate!r}"):
        BF16MAC(accumulate=accumulate)


def test_parameters():
    assert FP32MAC(fused=False).parameters == {"lanes": 1, "fused": False, "pipeline": 0}
    assert FP32MAC().parameters["fused"] is True
    for accumulate in Accumulation:
        made = BF16MAC(accumulate=accumulate)
        assert made.parameters == {"lanes": 1, "accumulate": accumulate.value, "pipeline": 0}
    assert BF16MAC().parameters["accumulate"] == "fp32"
    assert INT8MAC(4, pipeline=1).parameters == {"lanes": 4, "pipeline": 1}
