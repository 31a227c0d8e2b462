"""Settings of a training run, and settings that are refused."""

import pytest

from hbfp_hw.format import Rounding
from hbfp_hw.training.settings import Settings

NAN = float("nan")


def test_plain_values():
    plain = Settings(dataset="digits", rounding=Rounding.TRUNCATE, width=3).as_dict()
    assert plain["rounding"] == "truncate"
    assert (plain["dataset"], plain["width"], plain["schedule"]) == ("digits", 3, "booster")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset": "mnist"}, "Data set must be one of digits, mnist1d, cifar10, not 'mnist'"),
        ({"model": "vgg"}, "Model must be one of mlp, cnn, resnet20, transformer, not 'vgg'"),
        (
            {"schedule": "hbfp5"},
            "Schedule must be one of fp32, hbfp8, hbfp6, hbfp4, hbfp4+layers, booster, not 'hbfp5'",
        ),
        ({"epochs": 0}, "Epochs must be 1 to 65536, not 0"),
        ({"epochs": 3, "booster_epochs": 4}, "Boosted epochs must be 0 to 3, not 4"),
        ({"seed": -1}, "Seed must be 0 to 4294967295, not -1"),
        ({"block_size": 0}, "Block size must be 1 to 1024, not 0"),
        ({"exponent_bits": 4}, "Exponent width must be 5 to 12, not 4"),
        ({"width": 0}, "Width must be 1 to 1024, not 0"),
        ({"batch_size": 0}, "Batch size must be 1 to 65536, not 0"),
        ({"learning_rate": -0.1}, "Learning rate must be 0 to 1000, not -0.1"),
        ({"learning_rate": NAN}, "Learning rate must be 0 to 1000, not nan"),
        ({"last_rate": 1.5}, "Last rate must be 0 to 1, not 1.5"),
        ({"momentum": 1.5}, "Momentum must be 0 to 1, not 1.5"),
        ({"weight_decay": float("inf")}, "Weight decay must be 0 to 1, not inf"),
    ],
)
def test_bad_values(changes, message):
    with pytest.raises(ValueError) as raised:  # noqa: PT011, the message is compared whole
        Settings(**({"dataset": "digits"} | changes))
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 2.0}, "Epochs must be an integer, not 2.0"),
        ({"seed": "1"}, "Seed must be an integer, not '1'"),
        ({"batch_size": True}, "Batch size must be an integer, not True"),
        ({"learning_rate": "0.1"}, "Learning rate must be a number, not '0.1'"),
        ({"momentum": False}, "Momentum must be a number, not False"),
    ],
)
def test_bad_kinds(changes, message):
    with pytest.raises(TypeError) as raised:
        Settings(**({"dataset": "digits"} | changes))
    assert str(raised.value) == message
