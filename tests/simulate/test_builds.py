"""Builds of designs: they are reused, shared by processes, and optimised only for much work."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hbfp_hw.simulate import RunOptions, SimulatorMissing, ToolError, replay
from hbfp_hw.simulate.verilate import build_library
from tests.simulate.adder import BODY, adder, design_of
from tests.simulate.operands import operands, unpacked


def test_build_is_reused_and_a_warning_stops_it() -> None:
    design = adder(width=37)
    first = build_library(design)
    changed = first.stat().st_mtime_ns
    assert build_library(design) == first
    assert first.stat().st_mtime_ns == changed
    assert build_library(adder(width=36)) != first
    sloppy = BODY.replace("sum <= a__payload", "sum <= a__payload[7:0]")
    with pytest.raises(ToolError, match=r"^verilator_bin failed .*; see (.*\.log)$") as error:
        build_library(design_of("sloppy_adder", sloppy, 40))
    log = Path(str(error.value).rpartition("see ")[2])
    assert "Warning-WIDTHEXPAND" in log.read_text()


@pytest.mark.full
def test_two_processes_build_at_once(tmp_path: Path) -> None:
    script = (
        "from tests.simulate.test_builds import adder, operands, replay, unpacked\n"
        "inputs, sums = operands(10, 40)\n"
        "assert unpacked(replay(adder(), inputs, {'y': 10}).outputs['y']) == sums\n"
    )
    environment = os.environ | {
        "HBFP_CACHE": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-c", script]
    workers = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    folders = sorted(path.name for path in (tmp_path / "builds").iterdir() if path.is_dir())
    kinds = [name.rpartition("-")[0] for name in folders]
    assert kinds == [
        "adder_clocked_w40_driven-library",
        "harness",
        "headers",
        "replay_program",
        "verilated",
        "verilated_threads",
    ]


@pytest.mark.parametrize(
    ("simulator", "message"),
    [
        ("verilator", r"^Verilator needs a C\+\+ compiler on PATH: run `apt-get install g\+\+`.*$"),
        ("icarus", r"^Icarus Verilog .* is not on PATH: run `apt-get install iverilog`.*$"),
    ],
)
def test_missing_tool_is_one_clear_line(
    simulator: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    inputs, _ = operands(1, 40)
    with pytest.raises(SimulatorMissing, match=message):
        replay(adder(), inputs, {"y": 1}, RunOptions(simulator))


@pytest.mark.parametrize(("limit", "optimised"), [(40, True), (41, False)])
def test_a_model_is_optimised_for_much_work(
    limit: int, optimised: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("hbfp_hw.simulate.replay")
    monkeypatch.setattr(module, "OPTIMISE_FROM", limit * len(adder().verilog))
    built = []

    def build(*given: object, **options: object) -> Path:
        built.append(options["optimise"])
        return build_library(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "build_library", build)
    inputs, sums = operands(40, 40)
    assert unpacked(replay(adder(), inputs, {"y": 40}).outputs["y"]) == sums
    assert built == [optimised]
