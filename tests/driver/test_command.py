"""``hbfp gemm --top core``, which computes the product through the driver."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.cli import main
from hbfp_hw.core.registers import COUNTERS
from hbfp_hw.cycles import simulate_timing
from tests.cli.test_pictures import FST_HEADER
from tests.driver.products import ENGINE, random_product
from tests.schemas import check_output

SMALLEST = (
    *("--block-size", "1", "--rows", "1", "--cols", "1", "--depth", "2", "--panel-tiles", "1"),
    *("--variant", "native"),
)
ARRAY = ("--block-size", "4", "--rows", "2", "--cols", "2", "--depth", "2", "--panel-tiles", "2")


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Product with C, and the command for it; its operands are in the working folder."""
    monkeypatch.chdir(tmp_path)
    product = random_product(np.random.default_rng(0), ENGINE, 6, chunks=1)
    for name, matrix in zip("XWC", product, strict=False):
        np.save(f"{name}.npy", matrix)
    given = ["gemm", "X.npy", "W.npy", "-c", "C.npy", "--mantissa-bits", "4x6", "--top", "core"]
    return product, given


def test_product(command, capfd):
    product, given = command
    given += [*ARRAY, "--engine", "rtl", "--check", "-o", "Y.npy"]
    assert main([*given, "--json"]) == 0
    out = capfd.readouterr().out
    check_output("gemm", out)
    result = json.loads(out)
    assert (result["top"], result["engine"], result["mismatches"]) == ("core", "rtl", 0)
    assert list(result["counters"]) == list(COUNTERS)
    report = simulate_timing(product.schedule(ENGINE), wide_x=False, wide_w=True, accumulate=True)
    assert result["cycles"] == result["counters"]["cycles"] == report.cycles
    assert result["counters"]["active"] == report.compute
    assert np.load("Y.npy").tobytes() == product.golden(ENGINE)
    assert main(given) == 0
    shown = ", ".join(f"{name} {number}" for name, number in result["counters"].items())
    assert f"counters           {shown}\n" in capfd.readouterr().out


@pytest.mark.full
def test_waves(command, capfd):
    given = [*command[1], *SMALLEST, "--engine", "rtl", "--check", "--waves", "core.fst"]
    assert main([*given, "--json"]) == 0
    result = json.loads(capfd.readouterr().out)
    content = Path("core.fst").read_bytes()
    assert content.startswith(FST_HEADER)
    # Two time steps per cycle, also for the cycles of reset and register accesses.
    first, last = struct.unpack(">QQ", content[len(FST_HEADER) :][:16])
    assert last - first > 2 * result["cycles"]
    assert {path.name for path in Path().iterdir()} == {"X.npy", "W.npy", "C.npy", "core.fst"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((*ARRAY, "--engine", "cycle"), "Option --top must go with --engine rtl"),
        (ARRAY[:2], "Option --top must go with --engine rtl"),
        (
            ("--block-size", "4", "--engine", "rtl"),
            "Top 'core' must be given --rows and --cols",
        ),
        (
            (*ARRAY, "--engine", "rtl", "--sim", "icarus"),
            "Simulator of top 'core' must be verilator, not 'icarus'",
        ),
        ((*ARRAY, "--engine", "rtl", "--rows", "65"), "Rows must be 1 to 64, not 65"),
    ],
)
def test_refused(command, capfd, options, message):
    assert main([*command[1], *options]) == 2
    assert capfd.readouterr() == ("", f"hbfp: {message}\n")
