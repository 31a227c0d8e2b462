"""A rounding mode without an implementation is an error everywhere."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.cli.formats import ROUNDINGS
from hbfp_hw.format import HBFPFormat, Rounding, rounding_code
from hbfp_hw.golden import Conversion, native
from hbfp_hw.golden.convert import convert_by_numpy
from hbfp_hw.rtl.convert_lane import draws

ROOT = Path(__file__).parents[1]
UNKNOWN = "ValueError: Rounding must be nearest, stochastic or truncate, not <Rounding.UP: 3>"
OTHERWISE = {
    "library": "ValueError: Rounding must be a mode of the library, not <Rounding.UP: 3>",
    "rule of thumb": "ValueError: Rounding must be nearest, stochastic, truncate, "
    "not <Rounding.UP: 3>",
}
PARTS = ("golden", "native", "library", "torch", "rtl", "simulated", "cosim", "mode", "driver")
PARTS += ("cycle", "prediction", "hbfp gemm", "hbfp generate", "hbfp train")


@pytest.mark.full
def test_a_new_mode_fails_everywhere() -> None:
    child = subprocess.run(
        [sys.executable, "-m", "tests.rounding_mode"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert child.returncode == 0, child.stderr
    found = json.loads(child.stdout)
    for part in PARTS:
        assert any(name.startswith(part) for name in found), part
    for name, message in found.items():
        if name.startswith("hbfp "):
            assert message.startswith("RuntimeError: 2 hbfp "), (name, message)
            assert "argument --rounding: invalid choice: 'up' (choose from " in message
            assert "\n" not in message
        else:
            assert message == OTHERWISE.get(name, UNKNOWN), name


def test_names_and_codes() -> None:
    """Every mode has a code in hardware and a name on the command line."""
    assert [rounding_code(mode) for mode in Rounding] == [0, 1, 2]
    assert list(ROUNDINGS.items()) == [(mode.name.lower(), mode) for mode in Rounding]


def test_an_unknown_mode_is_refused() -> None:
    """The quick part of the test: a mode that the enumeration does not list."""
    up = int.__new__(Rounding, 3)
    up._name_, up._value_ = "UP", 3
    conversion = Conversion()
    object.__setattr__(conversion, "rounding", up)
    fmt, x = HBFPFormat(4, 8), np.ones((8, 8), np.float32)
    for call in (
        lambda: convert_by_numpy(x, fmt, conversion),
        lambda: native.convert(x, fmt, conversion),
        lambda: draws(up),
        lambda: rounding_code(up),
    ):
        with pytest.raises(ValueError, match=r"^Rounding must be nearest, stochastic or truncate"):
            call()
