"""Schedules in words."""

import re

import numpy as np

from hbfp_hw import Rounding
from hbfp_hw.booster import FP32, BoosterSchedule

SHARED = "blocks of 64, exponents of 10 bits, rounding nearest, seed 0"


def test_text_of_a_preset():
    schedule = BoosterSchedule.preset("booster", 20, 160)
    assert str(schedule).splitlines() == [
        f"20 layers, 160 epochs, {SHARED}:",
        "epochs 0 to 158  layer 0: HBFP6; layers 1 to 18: HBFP4; layer 19: HBFP6",
        "epoch 159        all layers: HBFP6",
    ]
    assert repr(schedule) == (
        f"<BoosterSchedule: 20 layers, 160 epochs, {SHARED}, HBFP4 HBFP6, epoch 0>"
    )
    schedule.step_epoch()
    assert repr(schedule).endswith("epoch 1>")


def test_text_of_one_layer_in_one_epoch():
    schedule = BoosterSchedule(
        [[FP32]], block_size=16, exponent_bits=8, rounding=Rounding.STOCHASTIC, seed=7
    )
    assert str(schedule).splitlines() == [
        "1 layer, 1 epoch, blocks of 16, exponents of 8 bits, rounding stochastic, seed 7:",
        "epoch 0  layer 0: FP32",
    ]


def test_text_names_every_format():
    """The table can be recovered from the text."""
    rng, mixed = np.random.default_rng(0), 0
    for _ in range(50):
        layers, epochs = rng.integers(1, 6, 2)
        table = rng.choice([FP32, 4, 4, 4, 12], (layers, epochs, 1)).repeat(3, axis=2)
        free = (rng.random((layers, epochs)) < 0.2) & (table[..., 0] != FP32)
        table[free] = rng.integers(2, 17, (free.sum(), 3))
        mixed += free.any()
        found = np.full(table.shape, -1)
        for line in str(BoosterSchedule(table)).splitlines()[1:]:
            when, _, what = line.partition("  ")
            for part in what.strip().split("; "):
                where, _, formats = part.partition(": ")
                widths = [int(name) for name in re.findall(r"HBFP(\d+)", formats)] or [FP32]
                place = np.ix_(_numbers(where, layers), _numbers(when, epochs))
                assert (found[place] == -1).all()
                found[place] = widths
        assert np.array_equal(found, table)
    assert mixed > 10


def _numbers(text, count):
    if text.startswith("all"):
        return range(count)
    first, *last = map(int, re.findall(r"\d+", text))
    return range(first, (last or [first])[0] + 1)
