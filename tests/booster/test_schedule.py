"""Formats, modes and state of schedules."""

import re

import numpy as np
import pytest

from hbfp_hw import HBFPFormat, Rounding
from hbfp_hw.booster import FP32, PRESETS, BoosterSchedule, Pass, Role, preset_table
from hbfp_hw.rtl.dispatcher import descriptor_layout

LAYERS, EPOCHS = 5, 7


def expected_bits(name, layer, epoch, boosted):
    """Mantissa width as the definition of the preset words it."""
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
    """Read back, the text has the format of each tensor of each layer in each epoch."""
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
    """Each product takes the widths of the two tensors that it multiplies."""
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
    """One boosted epoch of 300, and 1 % of the work in the first and last layer."""
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
    """Seeds depend on everything, and on nothing else."""
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
