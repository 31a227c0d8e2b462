"""The parameters of a conversion: accepted values, defaults and errors."""

import re

import numpy as np
import pytest

from hbfp_hw.format import RANDOM_BITS, Rounding
from hbfp_hw.golden import Conversion
from hbfp_hw.golden.conversion import operand_w_seed


def test_defaults():
    assert Conversion() == Conversion(Rounding.NEAREST, seed=0, random_bits=RANDOM_BITS)


def test_codes_and_numpy_integers_become_plain():
    conversion = Conversion(np.int8(1), seed=np.uint16(7), random_bits=np.int64(16))
    assert conversion == Conversion(Rounding.STOCHASTIC, 7, 16)
    assert type(conversion.rounding) is Rounding
    assert type(conversion.seed) is type(conversion.random_bits) is int


def test_is_an_immutable_value():
    assert len({Conversion(seed=1), Conversion(seed=1), Conversion(seed=2)}) == 2
    with pytest.raises(AttributeError):
        Conversion().seed = 3


@pytest.mark.parametrize("seed", [0, 5, 2**32 - 1])
def test_only_the_seed_of_w_differs(seed):
    conversion = Conversion(Rounding.STOCHASTIC, seed, 3)
    assert conversion.for_w() == Conversion(Rounding.STOCHASTIC, operand_w_seed(seed), 3)
    assert conversion.for_w().seed == 2**32 - 1 - seed
    assert conversion.for_w().for_w() == conversion


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"rounding": 3}, ValueError, "Rounding must be 0 to 2, not 3"),
        ({"rounding": True}, TypeError, "Rounding must be a Rounding, not True"),
        ({"rounding": "up"}, TypeError, "Rounding must be a Rounding, not 'up'"),
        ({"seed": 2**32}, ValueError, "Seed must be 0 to 4294967295, not 4294967296"),
        ({"seed": -1}, ValueError, "Seed must be 0 to 4294967295, not -1"),
        ({"seed": 1.0}, TypeError, "Seed must be an integer, not 1.0"),
        ({"random_bits": 0}, ValueError, "Random bits must be 1 to 16, not 0"),
        ({"random_bits": 17}, ValueError, "Random bits must be 1 to 16, not 17"),
    ],
)
def test_bad_parameters(parameters, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        Conversion(**parameters)
