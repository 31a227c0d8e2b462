"""Choice of the level of compiled code: library, processor, environment and limits."""

import os
import subprocess
import sys

import pytest

from hbfp_hw.golden import native
from hbfp_hw.golden.native import Level, library, limit


def level_of_a_process(name):
    """Run a process with this level in the environment; it prints the level in use."""
    code = "from hbfp_hw.golden import native; print(native.level().name)"
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"HBFP_NATIVE": name},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_there_is_compiled_code():
    """Without compiled code, the tests that compare it with NumPy would compare nothing."""
    assert native.level() >= Level.PLAIN


def test_environment_sets_the_highest_level():
    assert level_of_a_process("numpy").stdout == "NUMPY\n"
    wrong = level_of_a_process("fast")
    assert wrong.returncode == 1
    assert wrong.stderr.endswith(
        "ValueError: HBFP_NATIVE must be one of numpy, plain, avx2, avx512, not 'fast'\n"
    )


def test_limits_nest_and_end():
    highest = native.level()
    with limit(Level.PLAIN):
        with limit(Level.AVX512):
            assert native.level() == Level.PLAIN
        with limit(Level.NUMPY):
            assert native.level() == Level.NUMPY
        assert native.level() == Level.PLAIN
    assert native.level() == highest


def no_library(path):
    raise OSError(f"{path}: wrong ELF class")


@pytest.mark.parametrize(
    ("name", "value"),
    [("EXTENSION_SUFFIXES", [".none"]), ("INTERFACE", 0), ("CDLL", no_library)],
)
def test_numpy_computes_without_a_usable_library(monkeypatch, name, value):
    monkeypatch.setattr(library, name, value)
    assert library.library.__wrapped__() is None
    monkeypatch.setattr(library, "library", lambda: None)
    assert library._highest.__wrapped__() == Level.NUMPY
