"""Formats, modes and state of schedules."""

import re

import numpy as np
import pytest

from hbfp_hw import HBFPFormat, Rounding
from hbfp_hw.booster import FP32, PRESETS, BoosterSchedule, Pass, Role, preset_table
from hbfp_hw.rtl.descriptor import descriptor_layout

LAYERS, EPOCHS = 5, 7


def expected_bits(name, layer, epoch, boosted):
    """Return the mantissa width by the definition of the preset."""
    ends = layer in (0, LAYERS - 1)
    last = epoch >= EPOCHS - boosted
    return {
        "fp32": FP32,
        "hbfp8": 8,
        "hbfp6": 6,
        "hbfp4": 4,
        "hbfp4+layers": 6 if ends else 4,
        "booster": 6 if ends or last else 4,
    }[name]


@pytest.mark.parametrize("boosted", [0, 1, 3, EPOCHS])
@pytest.mark.parametrize("name", PRESETS)
def test_presets(name, boosted):
    schedule = BoosterSchedule.preset(
        name, LAYERS, EPOCHS, boosted_epochs=boosted, block_size=16, exponent_bits=8
    )
    for epoch in range(EPOCHS):
        assert schedule.epoch == epoch
        for layer in range(LAYERS):
            bits = expected_bits(name, layer, epoch, boosted)
            expected = None if bits == FP32 else HBFPFormat(bits, 16, 8)
            for role in Role:
                assert schedule.format(layer, role) == expected
                assert schedule.format(layer, role, epoch) == expected
        schedule.step_epoch()


def test_one_layer_is_first_and_last():
    assert preset_table("hbfp4+layers", 1, 3).tolist() == [[6, 6, 6]]


def test_after_the_last_epoch_its_formats_stay():
    schedule = BoosterSchedule.preset("booster", 3, 2)
    assert schedule.format(1, Role.INPUT).mantissa_bits == 4
    schedule.step_epoch()
    schedule.step_epoch()
    assert schedule.epoch == schedule.epochs == 2
    assert schedule.format(1, Role.INPUT).mantissa_bits == 6
    with pytest.raises(ValueError, match=r"^Epoch must be 0 to 2, not 3$"):
        schedule.step_epoch()
    assert schedule.epoch == 2


def test_table_by_tensor():
    """A product has the widths of its two operands."""
    schedule = BoosterSchedule([[[4, 6, 8]]])
    products = {
        product: tuple(fmt.mantissa_bits for fmt in schedule.formats(0, product))
        for product in Pass
    }
    assert products == {
        Pass.FORWARD: (4, 6),
        Pass.INPUT_GRADIENT: (8, 6),
        Pass.WEIGHT_GRADIENT: (4, 8),
    }
    assert schedule.formats(0, "forward") == schedule.formats(0, Pass.FORWARD)
    assert BoosterSchedule([[FP32]]).formats(0, Pass.FORWARD) is None


def test_table_cannot_be_changed():
    table = np.full((2, 3), 4)
    schedule = BoosterSchedule(table)
    table[:] = 6
    assert (schedule.mantissa_bits == 4).all()
    with pytest.raises(ValueError, match="read-only"):
        schedule.mantissa_bits[0] = 6


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("bits_x", [4, 6])
@pytest.mark.parametrize("bits_w", [4, 6])
def test_mode_word_is_the_field_of_the_descriptor(rounding, bits_x, bits_w):
    schedule = BoosterSchedule([[[bits_x, bits_w, 4]]], rounding=rounding)
    mode = schedule.mode(0, Pass.FORWARD)
    layout = descriptor_layout(16, 32)
    constant = layout.const(
        {"rounding": int(rounding), "wide_x": bits_x == 6, "wide_w": bits_w == 6}
    )
    assert mode.word << layout["rounding"].offset == constant.as_value().value
    assert mode == (rounding, bits_x == 6, bits_w == 6)


@pytest.mark.parametrize(
    ("bits", "message"),
    [
        (8, "Mantissa width must be 4 or 6 on the GEMM engine, not 8"),
        (FP32, "Formats must be HBFP for a mode of the GEMM engine, not FP32"),
    ],
)
def test_no_mode(bits, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        BoosterSchedule([[bits]]).mode(0, Pass.FORWARD)


def test_shares_of_the_booster():
    """One of 300 epochs is boosted; the first and the last layer have 1 % of the work."""
    schedule = BoosterSchedule.preset("booster", 4, 300)
    shares = schedule.shares([0.25, 49, 50, 0.75])
    assert list(shares) == ["4", "6"]
    assert shares["4"] == pytest.approx(299 / 300 * 0.99, rel=1e-12)
    assert shares["6"] == pytest.approx(1 - 299 / 300 * 0.99, rel=1e-12)


def test_shares_by_product_and_tensor():
    schedule = BoosterSchedule([[[4, 6, 4], [0, 0, 0]], [[8, 8, 8], [4, 4, 4]]])
    # Epoch 0: 4x6, 4x6 and 4 in layer 0, 8 in layer 1. Epoch 1: FP32, then 4.
    macs = [[3, 0, 5], [2, 2, 4]]
    assert schedule.shares(macs) == {
        "4": (5 + 8) / 32,
        "4x6": 3 / 32,
        "8": 8 / 32,
        "fp32": 8 / 32,
    }
    assert schedule.shares([1, 3])["4x6"] == 2 / 24


def test_state():
    schedule = BoosterSchedule.preset("booster", 2, 3)
    for layer in (0, 0, 1):
        schedule.next_call(layer)
    assert schedule.next_call(0, count=False) == schedule.next_call(0, count=False) == 2
    schedule.step_epoch()
    state = schedule.state_dict()
    assert state == {"epoch": 1, "calls": [2, 1]}
    schedule.step_epoch()
    schedule.next_call(1)
    assert state == {"epoch": 1, "calls": [2, 1]}
    schedule.load_state_dict(state)
    assert schedule.state_dict() == state


def test_product_seeds():
    """Seeds differ by layer, product and call; the number of layers does not matter."""
    schedule = BoosterSchedule.preset("hbfp4", 3, 2, seed=7)
    seeds = [
        schedule.product_seed(layer, product, call)
        for layer in range(3)
        for product in Pass
        for call in range(200)
    ]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**32 for seed in seeds)
    again = BoosterSchedule.preset("hbfp6", 9, 4, seed=7)
    assert again.product_seed(2, Pass.WEIGHT_GRADIENT, 199) == seeds[-1]
    other = BoosterSchedule.preset("hbfp4", 3, 2, seed=8)
    assert other.product_seed(2, Pass.WEIGHT_GRADIENT, 199) not in seeds
