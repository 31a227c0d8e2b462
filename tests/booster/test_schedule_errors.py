"""Schedules and questions about them that are refused."""

import re

import pytest

from hbfp_hw.booster import BoosterSchedule, Role, preset_table


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: BoosterSchedule([[4.0]]), TypeError, "Mantissa widths must be integers, not f"),
        (lambda: BoosterSchedule([[True]]), TypeError, "Mantissa widths must be integers, not b"),
        (lambda: BoosterSchedule([4, 4]), ValueError, "Mantissa widths must be of shape (layers, "),
        (lambda: BoosterSchedule([[[4, 4]]]), ValueError, "Mantissa widths must be of shape"),
        (lambda: BoosterSchedule([[17]]), ValueError, "Mantissa width must be 2 to 16, not 17"),
        (lambda: BoosterSchedule([[1]]), ValueError, "Mantissa width must be 2 to 16, not 1"),
        (
            lambda: BoosterSchedule([[[4, 0, 4]]]),
            ValueError,
            "Mantissa widths of a layer must be FP32 for all tensors or for none",
        ),
        (
            lambda: BoosterSchedule([[0]], block_size=0),
            ValueError,
            "Block size must be 1 to 1024, not 0",
        ),
        (
            lambda: BoosterSchedule([[4]], exponent_bits=4),
            ValueError,
            "Exponent width must be 5 to 12, not 4",
        ),
        (
            lambda: BoosterSchedule([[4]], rounding="nearest"),
            TypeError,
            "Rounding must be a Rounding, not 'nearest'",
        ),
        (lambda: BoosterSchedule([[4]], seed=-1), ValueError, "Seed must be 0 to 4294967295"),
        (
            lambda: BoosterSchedule.preset("hbfp5", 2, 2),
            ValueError,
            "Preset must be one of fp32, hbfp8, hbfp6, hbfp4, hbfp4+layers, booster, not 'hbfp5'",
        ),
        (lambda: preset_table("hbfp4", 0, 2), ValueError, "Layers must be 1 to 65536, not 0"),
        (lambda: preset_table("hbfp4", 2, 0), ValueError, "Epochs must be 1 to 65536, not 0"),
        (
            lambda: preset_table("booster", 2, 3, 4),
            ValueError,
            "Boosted epochs must be 0 to 3, not 4",
        ),
        (lambda: preset_table("booster", 2.0, 3), TypeError, "Layers must be an integer, not 2.0"),
    ],
)
def test_bad_schedules(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        call()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda s: s.format(2, Role.INPUT), ValueError, "Layer must be 0 to 1, not 2"),
        (lambda s: s.format(0, Role.INPUT, 3), ValueError, "Epoch must be 0 to 2, not 3"),
        (lambda s: s.format(0, "bias"), ValueError, "'bias' is not a valid Role"),
        (lambda s: s.formats(0, "backward"), ValueError, "'backward' is not a valid Pass"),
        (lambda s: s.shares([1]), ValueError, "MACs must be of shape (2,) or (2, 3), not (1,)"),
        (lambda s: s.shares([0, 0]), ValueError, "MACs must be at least 0 and not all 0, not [0, "),
        (lambda s: s.shares([2, -1]), ValueError, "MACs must be at least 0 and not all 0, not"),
        (
            lambda s: s.load_state_dict({"epoch": 1}),
            ValueError,
            "State must be of 'epoch' and 'calls', not ['epoch']",
        ),
        (
            lambda s: s.load_state_dict({"epoch": 1, "calls": [1]}),
            ValueError,
            "State must be of 2 layers, not 1",
        ),
        (
            lambda s: s.load_state_dict({"epoch": 4, "calls": [1, 1]}),
            ValueError,
            "Epoch must be 0 to 3, not 4",
        ),
        (
            lambda s: s.load_state_dict({"epoch": 1, "calls": [1, 1.5]}),
            TypeError,
            "Calls must be an integer, not 1.5",
        ),
    ],
)
def test_bad_questions(call, error, message):
    schedule = BoosterSchedule.preset("booster", 2, 3)
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        call(schedule)
    assert schedule.state_dict() == {"epoch": 0, "calls": [0, 0]}
