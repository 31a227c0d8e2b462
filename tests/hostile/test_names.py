"""File names with shell characters reach compilers, simulators, Yosys and ABC, and run nothing."""

import json
import tempfile

import numpy as np
import pytest

from hbfp_hw.area.library import DEFAULT
from hbfp_hw.area.record import BASELINES
from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.catalog import CATALOG, Configuration
from hbfp_hw.generation.options import FormatOptions

NAME = "-a b'c\"d;touch pwned;$(touch pwned)`touch pwned`|\n#%s\\ é"
"""Name of a folder or file with characters that shells and Yosys interpret."""

SMALLEST = ("--mantissa-bits", "2", "--block-size", "1")
RTL = ("gemm", "X.npy", "W.npy", *SMALLEST, "--rounding", "nearest", "--engine", "rtl", "--check")


@pytest.fixture
def strange(folder, tmp_path, monkeypatch):
    """Working folder; it, the cache and the temporary folder are called ``NAME``."""
    here = tmp_path / NAME
    for path in (here, tmp_path / "cache" / NAME, tmp_path / "tmp" / NAME):
        path.mkdir(parents=True)
    monkeypatch.setenv("HBFP_CACHE", str(tmp_path / "cache" / NAME))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp" / NAME))
    monkeypatch.chdir(here)
    for name in ("X", "W"):
        (here / f"{name}.npy").write_bytes((folder / f"{name}.npy").read_bytes())
    yield here
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.full
@pytest.mark.parametrize("simulator", ["icarus", "verilator"])
def test_simulators(strange, hbfp, simulator):
    name = f"./{NAME}.npy"
    waves = ("--waves", f"./{NAME}.fst") if simulator == "icarus" else ()
    ended = hbfp(*RTL, "--sim", simulator, "-o", name, *waves, "--json")
    assert (ended.status, ended.err) == (0, "")
    assert json.loads(ended.out)["mismatches"] == 0
    assert np.load(name).shape == (5, 3)
    if waves:
        assert (strange / f"{NAME}.fst").stat().st_size


def test_yosys_and_abc(strange, hbfp, monkeypatch):
    """The baselines are replaced by small units, to save time."""
    from importlib.resources import files

    fmt = HBFPFormat(2, 1)
    for config in BASELINES.values():
        monkeypatch.setitem(CATALOG, config, Configuration("dot", FormatOptions(fmt, fmt)))
    (strange / f"{NAME}.lib").write_bytes(files("hbfp_hw.area").joinpath(DEFAULT).read_bytes())
    ended = hbfp("area", "int8_mac", "--liberty", f"./{NAME}.lib", "--json")
    assert (ended.status, ended.err) == (0, "")
    assert json.loads(ended.out)["results"][0]["transistors"] > 1000
