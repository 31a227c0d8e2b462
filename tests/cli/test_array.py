"""``hbfp gemm`` on cycle model and RTL: the same bits and cycles, with and without an array."""

import json

import numpy as np
import pytest

from hbfp_hw.engine import Engine, Variant
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden import gemm

SMALL = ("--block-size", "4", "--rows", "2", "--cols", "3", "--depth", "2")
ARRAYS = {
    "mixed": (*SMALL, "--variant", "mixed", "--panel-tiles", "2"),
    "native": (*SMALL, "--variant", "native"),
}
NAMES = {"X": (7, 21), "W": (21, 5), "C": (7, 5)}
"""Sizes of the arrays. K exceeds their buffers."""


@pytest.fixture
def products(folder, hbfp):
    """Return a function that runs a product, checks Y and returns the report."""
    rng = np.random.default_rng(1)
    for name, shape in NAMES.items():
        np.save(f"{name}.npy", rng.standard_normal(shape).astype(np.float32))

    def run(engine, *options):
        given = ("--engine", engine, "--check", "--json", "-o", "Y.npy", *options)
        ended = hbfp("gemm", "X.npy", "W.npy", *given)
        assert (ended.status, ended.err, ended.out.count("\n")) == (0, "", 1)
        result = json.loads(ended.out)
        assert (result["engine"], result["mismatches"]) == (engine, 0)
        return result, np.load("Y.npy")

    return run


def _same(products, *options, simulators=("verilator",)):
    """Return the report of the cycle model, after checking that the RTL agrees."""
    model, y = products("cycle", *options)
    for simulator in simulators:
        rtl, y_rtl = products("rtl", *options, "--sim", simulator)
        assert rtl["cycles"] == model["cycles"] > 0
        assert y_rtl.tobytes() == y.tobytes()
        assert rtl["sim"] == simulator
        assert "breakdown" not in rtl
    return model


@pytest.mark.full
@pytest.mark.parametrize("bits", ["4", "4x6", "6x4", "6"])
@pytest.mark.parametrize("array", ARRAYS)
def test_array(products, array, bits):
    drawn = ("--rounding", "stochastic", "--seed", "5")
    result = _same(products, "--mantissa-bits", bits, *ARRAYS[array], *drawn, "-c", "C.npy")
    x, w, c = (np.load(f"{name}.npy") for name in NAMES)
    fmt_x, fmt_w = (HBFPFormat(int(width), 4) for width in (bits.split("x") * 2)[:2])
    golden = gemm(x, w, c, fmt_x=fmt_x, fmt_w=fmt_w, rounding=Rounding.STOCHASTIC, seed=5)
    assert np.load("Y.npy").tobytes() == golden.tobytes()

    sizes = {"rows": 2, "cols": 3, "depth": 2, "panel_tiles": 2 if array == "mixed" else 8}
    assert result.items() >= {"variant": array, **sizes}.items()
    parts = result["breakdown"]
    assert set(parts) == {"load", "compute", "drain", "stalled"}
    assert sum(parts.values()) == result["cycles"]
    assert parts["stalled"] == 0
    passes = Variant(array).passes(fmt_x.mantissa_bits == 6, fmt_w.mantissa_bits == 6)
    # 4 row tiles and 2 column tiles of 6 blocks.
    assert parts["compute"] == 4 * 2 * 6 * passes


def test_utilisation_and_traffic(products):
    result, _ = products("cycle", "--mantissa-bits", "4x6", *ARRAYS["mixed"])
    shares = np.array(result["pe_utilisation"])
    assert shares.shape == (2, 3)
    assert shares.max() <= 1
    assert result["utilisation"] == pytest.approx(shares.mean())
    assert result["utilisation"] < result["steady_utilisation"] <= 1
    # The first cell works in every tile, the last one in every tile but those at the edges.
    assert shares[0, 0] == result["breakdown"]["compute"] / result["cycles"]
    assert shares[-1, -1] == pytest.approx(shares[0, 0] * 3 / 4 / 2)
    # A cell works two passes for each pair of blocks.
    assert shares.sum() * result["cycles"] == pytest.approx(7 * 5 * 6 * 2)
    assert set(result["traffic"]) == {
        *("x_written", "x_read", "w_written", "w_read", "start_value_rows", "result_rows")
    }
    assert result["traffic"]["x_written"] == 7 * 6  # each block of X once
    assert result["traffic"]["w_written"] == 2 * 5 * 6  # each block of W for both panels
    assert result["traffic"]["result_rows"] == 7 * 2 * 3  # for each chunk of K


@pytest.mark.full
def test_icarus_takes_the_same_cycles(products):
    options = ("--mantissa-bits", "4x6", *ARRAYS["mixed"], "-c", "C.npy")
    _same(products, *options, simulators=("icarus", "verilator"))


@pytest.mark.full
@pytest.mark.parametrize("bits", ["4x6", "5"])
def test_dot_engine(products, bits):
    """Without an array, cycle model and RTL are those of the dot engine, which takes any format."""
    options = ("--mantissa-bits", bits, "--block-size", "4", "--exponent-bits", "12")
    result = _same(products, *options, "-c", "C.npy", simulators=("verilator", "icarus"))
    assert "rows" not in result
    assert "utilisation" not in result


def test_sizes_by_default(products):
    options = ("--block-size", "4", "--rows", "2", "--cols", "20", "--mantissa-bits", "4")
    result, _ = products("cycle", *options)
    engine = Engine(Variant.MIXED, 2, 20, 4)
    assert (result["variant"], result["depth"]) == ("mixed", engine.depth)
    assert result["panel_tiles"] == engine.panel_tiles == 32


def test_for_people(products, hbfp):
    options = ("--mantissa-bits", "4", *ARRAYS["mixed"], "--engine", "cycle")
    result = json.loads(hbfp("gemm", "X.npy", "W.npy", *options, "--json").out)
    lines = hbfp("gemm", "X.npy", "W.npy", *options).out.splitlines()
    shown = dict(line.split(maxsplit=1) for line in lines)
    assert set(shown) == set(result)
    assert shown["utilisation"] == f"{result['utilisation']:.1%}"
    assert shown["steady_utilisation"] == f"{result['steady_utilisation']:.1%}"
    shares = np.array(result["pe_utilisation"])
    assert shown["pe_utilisation"] == f"{shares.min():.1%} to {shares.max():.1%}"
    load = result["breakdown"]["load"]
    assert shown["breakdown"].startswith(f"load {load} ({load / result['cycles']:.1%}), compute ")
    assert shown["traffic"].startswith("x_written 42, x_read ")
