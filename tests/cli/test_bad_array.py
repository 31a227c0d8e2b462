"""Impossible arrays, traces and waveforms are refused in one line; no file is written."""

import os
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import FORMAT, assert_refused, snapshot

GEMM = ("gemm", "X.npy", "W.npy", "-o", "Y.npy")
ARRAY = ("--rows", "2", "--cols", "3")
CYCLE = (*FORMAT, "--engine", "cycle")
TRACE_OF_AN_ARRAY = "Trace must be a .svg file of a cycle run with --rows and --cols"


@pytest.fixture
def refused(folder, hbfp):
    """Return a function that checks that a product is refused and leaves no file."""

    def check(message, *options):
        before = snapshot(folder)
        assert_refused(hbfp(*GEMM, *options), f"hbfp: {message}")
        assert snapshot(folder) == before

    return check


@pytest.mark.parametrize("engine", ["cycle", "rtl"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rows", "2"], "Array must be given both --rows and --cols"),
        (["--cols", "2"], "Array must be given both --rows and --cols"),
        (["--variant", "native"], "Array must be given both --rows and --cols"),
        (["--depth", "4"], "Array must be given both --rows and --cols"),
        (["--rows", "2", "--panel-tiles", "4"], "Array must be given both --rows and --cols"),
        (["--rows", "0", "--cols", "2"], "Rows must be 1 to 64, not 0"),
        (["--rows", "65", "--cols", "2"], "Rows must be 1 to 64, not 65"),
        (["--rows", "2", "--cols", "0"], "Columns must be 1 to 64, not 0"),
        (["--rows", "2", "--cols", "65"], "Columns must be 1 to 64, not 65"),
        (["--rows", "2", "--cols", "-1"], "Columns must be 1 to 64, not -1"),
        ([*ARRAY, "--depth", "3"], "Depth must be a power of two, not 3"),
        ([*ARRAY, "--depth", "1"], "Depth must be 2 to 4096, not 1"),
        ([*ARRAY, "--depth", "8192"], "Depth must be 2 to 4096, not 8192"),
        ([*ARRAY, "--panel-tiles", "5"], "Panel tiles must be a power of two, not 5"),
        ([*ARRAY, "--panel-tiles", "512"], "Panel tiles must be 1 to 256, not 512"),
        ([*ARRAY, "--panel-tiles", "0"], "Panel tiles must be 1 to 256, not 0"),
        ([*ARRAY, "--mantissa-bits", "8"], "Mantissa width of an array must be 4 or 6, not 8"),
        ([*ARRAY, "--mantissa-bits", "4x5"], "Mantissa width of an array must be 4 or 6, not 5"),
        ([*ARRAY, "--exponent-bits", "12"], "Exponent width must be 5 to 11, not 12"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_array(refused, engine, options, message):
    refused(message, *FORMAT, *options, "--engine", engine)


@pytest.mark.parametrize(
    "options", [["--rows", "2"], ["--variant", "mixed"], ["--depth", "4"], ["--panel-tiles", "2"]]
)
def test_golden_model_has_no_array(refused, options):
    refused(f"Option {options[0]} must go with --engine cycle or rtl", *FORMAT, *options)


@pytest.mark.parametrize(
    "options", [["--variant", "narrow"], ["--rows", "two"], ["--cols", "2.5"], ["--depth", ""]]
)
def test_usage(folder, hbfp, options):
    before = snapshot(folder)
    assert_refused(hbfp(*GEMM, *CYCLE, *options), f"argument {options[0]}: invalid ")
    assert snapshot(folder) == before


@pytest.mark.parametrize(
    ("x", "w", "message"),
    [
        ((65536, 1), (1, 1), "Rows of the product must be 1 to 65535, not 65536"),
        ((1, 1), (1, 65536), "Columns of the product must be 1 to 65535, not 65536"),
        ((1, 65536), (65536, 1), "Length of the product must be 1 to 65535, not 65536"),
    ],
)
@pytest.mark.parametrize("engine", ["cycle", "rtl"])
def test_beyond_the_counters(refused, engine, x, w, message):
    np.save("X.npy", np.zeros(x, np.float32))
    np.save("W.npy", np.zeros(w, np.float32))
    refused(message, "--mantissa-bits", "4", "--block-size", "1", *ARRAY, "--engine", engine)


@pytest.mark.parametrize(
    "options",
    [
        [*ARRAY, "--engine", "cycle", "--trace", "t.png"],
        [*ARRAY, "--engine", "cycle", "--trace", "svg"],
        [*ARRAY, "--engine", "rtl", "--trace", "t.svg"],
        ["--engine", "cycle", "--trace", "t.svg"],
        ["--engine", "golden", "--trace", "t.svg"],
    ],
    ids=" ".join,
)
def test_trace(refused, options):
    refused(TRACE_OF_AN_ARRAY, *FORMAT, *options)


def test_waves_of_the_cycle_model(refused):
    refused("Waves must be a .fst file of an RTL run", *CYCLE, *ARRAY, "--waves", "w.fst")


@pytest.mark.parametrize(
    ("engine", "option", "name"), [("cycle", "--trace", "t.svg"), ("rtl", "--waves", "w.fst")]
)
def test_unwritable(refused, folder, monkeypatch, engine, option, name):
    given = (*FORMAT, *ARRAY, "--engine", engine, option)
    refused("Output must be in a folder that exists, not 'none'", *given, f"none/{name}")
    (folder / "taken").mkdir()
    (folder / "taken" / name).mkdir()
    refused(f"Output must be a file, not the folder 'taken/{name}'", *given, f"taken/{name}")
    (folder / "locked").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != Path("locked"))
    message = f"Output must be a file that can be written, not 'locked/{name}'"
    refused(message, *given, f"locked/{name}")
