"""``hbfp gemm`` gives the golden model's product on every engine and simulator."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.golden import gemm
from tests.cli.conftest import FORMAT, snapshot

HBFP = Path(sys.executable).with_name("hbfp")
ENGINES = [
    ("--engine", "golden"),
    ("--engine", "rtl", "--sim", "verilator"),
    ("--engine", "rtl", "--sim", "icarus"),
]
FIELDS = {
    *("engine", "shape", "mantissa_bits", "block_size", "exponent_bits", "rounding", "seed"),
    *("macs", "cycles", "seconds"),
}


def _load(*names):
    return [np.load(f"{name}.npy") for name in names]


@pytest.fixture
def wrong_design(monkeypatch):
    """Make lane 0 of every generated dot product take a bit of the wrong element."""

    def generate_wrong(unit):
        design = cached_design(unit)
        verilog = design.verilog.replace("[4], i__payload[0] }", "[4], i__payload[4] }")
        assert verilog != design.verilog
        return dataclasses.replace(design, verilog=verilog)

    monkeypatch.setattr("hbfp_hw.simulate.dot_engine_gemm.cached_design", generate_wrong)


@pytest.mark.parametrize("engine", ENGINES, ids=" ".join)
@pytest.mark.parametrize("start", [False, True], ids=["from zero", "from C"])
def test_product(folder, hbfp, engine, start):
    given = ["-c", "C.npy"] if start else []
    ended = hbfp("gemm", "X.npy", "W.npy", *given, "-o", "Y.npy", *FORMAT, *engine, "--check")
    assert (ended.status, ended.err) == (0, "")
    assert dict(line.split(maxsplit=1) for line in ended.out.splitlines())["mismatches"] == "0"
    x, w, y = _load("X", "W", "Y")
    golden = gemm(x, w, *(_load("C") if start else []), fmt_x=HBFPFormat(4, 4))
    assert (y.dtype, y.tobytes()) == (np.dtype(np.float32), golden.tobytes())


@pytest.mark.parametrize("engine", ENGINES, ids=" ".join)
def test_json(folder, hbfp, engine):
    options = ("--mantissa-bits", "4x6", "--block-size", 3, "--exponent-bits", 8, "--json")
    drawn = ("--rounding", "stochastic", "--seed", 7, "--random-bits", 5)
    ended = hbfp("gemm", "X.npy", "W.npy", *options, *drawn, *engine, "--check", "-o", "Y.npy")
    assert (ended.status, ended.err, ended.out.count("\n")) == (0, "", 1)
    result = json.loads(ended.out)
    assert set(result) >= FIELDS | {"mismatches", "output"}
    assert result["shape"] == {"M": 5, "K": 7, "P": 3}
    assert (result["macs"], result["mismatches"]) == (105, 0)
    assert result["mantissa_bits"] == [4, 6]
    assert result["seconds"] >= 0
    if result["engine"] == "golden":
        assert result["cycles"] is None
    else:
        assert result["cycles"] > 0
        assert Path(result["log"]).is_file()
    x, w, y = _load("X", "W", "Y")
    formats = {"fmt_x": HBFPFormat(4, 3, 8), "fmt_w": HBFPFormat(6, 3, 8)}
    golden = gemm(x, w, **formats, rounding=Rounding.STOCHASTIC, seed=7, random_bits=5)
    assert y.tobytes() == golden.tobytes()


def test_simulators_take_the_same_cycles(folder, hbfp):
    cycles = {
        json.loads(hbfp("gemm", "X.npy", "W.npy", *FORMAT, *engine, "--json").out)["cycles"]
        for engine in ENGINES[1:]
    }
    assert len(cycles) == 1


@pytest.mark.full(but=["--engine rtl --sim icarus"])
@pytest.mark.parametrize("engine", ENGINES[1:], ids=" ".join)
def test_wrong_design_is_found(folder, hbfp, wrong_design, engine):
    ended = hbfp("gemm", "X.npy", "W.npy", *FORMAT, *engine, "--check", "--json", "-o", "Y.npy")
    assert (ended.status, ended.err) == (1, "")
    x, w, y = _load("X", "W", "Y")
    golden = gemm(x, w, fmt_x=HBFPFormat(4, 4))
    wrong = np.count_nonzero(y.view(np.uint32) != golden.view(np.uint32))
    assert json.loads(ended.out)["mismatches"] == wrong > 0


def test_mismatches_are_counted_by_bits(folder, hbfp, monkeypatch):
    """A zero of the wrong sign and a NaN with other bits are mismatches."""
    np.save("X.npy", np.array([[0, 0], [np.nan, 0], [1, 0]], np.float32))
    np.save("W.npy", np.ones((2, 1), np.float32))
    product = gemm(*_load("X", "W"), fmt_x=HBFPFormat(4, 4))
    bits = product.view(np.uint32)
    assert bits.ravel().tolist() == [0, 0x7FC00000, 0x3F800000]
    changed = bits.copy()
    changed[0], changed[1] = 0x80000000, 0x7FC00001
    products = iter([changed.view(np.float32), product])
    monkeypatch.setattr("hbfp_hw.product.gemm", lambda *_, **__: next(products))
    ended = hbfp("gemm", "X.npy", "W.npy", *FORMAT, "--check", "--json")
    assert ended.status == 1
    assert json.loads(ended.out)["mismatches"] == 2


def test_any_memory_order(folder, hbfp):
    x = np.asfortranarray(np.load("X.npy"))
    np.save("F.npy", x)
    assert hbfp("gemm", "F.npy", "W.npy", *FORMAT, "-o", "F.out.npy").status == 0
    assert hbfp("gemm", "X.npy", "W.npy", *FORMAT, "-o", "X.out.npy").status == 0
    assert Path("F.out.npy").read_bytes() == Path("X.out.npy").read_bytes()


def test_operand_may_be_the_output(folder, hbfp):
    np.save("W.npy", np.eye(7, dtype=np.float32))
    arguments = ("gemm", "X.npy", "W.npy", *FORMAT, "-o", "X.npy")
    assert hbfp(*arguments).status == 0
    assert hbfp(*arguments).status == 0


@pytest.mark.parametrize(
    ("simulator", "install"), [("verilator", "apt-get install g++"), ("icarus", "apt-get install")]
)
def test_missing_simulator(folder, simulator, install):
    before = snapshot(folder)
    options = ["--engine", "rtl", "--sim", simulator, "-o", "Y.npy", "--json"]
    ended = subprocess.run(
        [HBFP, "gemm", "X.npy", "W.npy", *FORMAT, *options],
        env={"PATH": "", "HBFP_CACHE": f"{folder}-cache"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("hbfp: ")
    assert ended.stderr.count("\n") == 1
    assert install in ended.stderr
    assert snapshot(folder) == before


def test_time_limit(folder, hbfp):
    before = snapshot(folder)
    options = ("--engine", "rtl", "--sim", "icarus", "--timeout", "0.01", "-o", "Y.npy")
    ended = hbfp("gemm", "X.npy", "W.npy", *FORMAT, *options)
    assert (ended.status, ended.out) == (1, "")
    assert "was stopped after its time limit of 0.01 s; see " in ended.err
    assert ended.err.count("\n") == 1
    assert snapshot(folder) == before
