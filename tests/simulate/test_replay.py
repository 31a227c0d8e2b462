"""Replay: both simulators give the same bits and cycles, and the same errors."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.simulate import (
    SIMULATORS,
    Looped,
    RunOptions,
    ToolError,
    replay,
    replay_files,
)
from tests.simulate.adder import BODY, adder, design_of
from tests.simulate.operands import operands, packed, patterns, unpacked

DEAF = BODY.replace("a__valid & b__valid &", "a__valid & b__valid & (a__payload != 5) &")


@pytest.mark.full(but=["33-False", "70-True"])
@pytest.mark.parametrize(
    ("width", "clocked"), [(1, True), (16, True), (32, True), (64, True), (70, True), (33, False)]
)
def test_simulators_agree_in_bits_and_cycles(width: int, clocked: bool) -> None:
    design, count = adder(width, clocked=clocked), 300
    inputs, sums = operands(count, width)
    cycles = set()
    for simulator in SIMULATORS:
        result = replay(design, inputs, {"y": count}, RunOptions(simulator, stalls=patterns(width)))
        assert unpacked(result.outputs["y"]) == sums
        cycles.add(result.cycles)
    assert len(cycles) == 1
    assert cycles.pop() > count


@pytest.mark.parametrize("simulator", SIMULATORS)
@pytest.mark.parametrize(("clocked", "cycles"), [(True, 101), (False, 100)])
def test_one_transfer_per_cycle_without_stalls(simulator: str, clocked: bool, cycles: int) -> None:
    inputs, sums = operands(100, 40)
    result = replay(adder(clocked=clocked), inputs, {"y": 100}, RunOptions(simulator))
    assert unpacked(result.outputs["y"]) == sums
    assert result.cycles == cycles
    assert result.log.is_file()


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_stall_pattern_is_periodic_and_offered_items_stay(simulator: str) -> None:
    inputs, sums = operands(3, 40)
    # b transfers in cycles 2, 5 and 8; the sums follow a cycle later.
    stalls = {"b": np.array([True, True, False])}
    result = replay(adder(), inputs, {"y": 3}, RunOptions(simulator, stalls=stalls))
    assert unpacked(result.outputs["y"]) == sums
    assert result.cycles == 10


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_nothing_expected(simulator: str) -> None:
    inputs = {name: np.zeros((0, 2), np.uint32) for name in "ab"}
    result = replay(adder(), inputs, {"y": 0}, RunOptions(simulator))
    assert result.cycles == 0
    assert result.outputs["y"].shape == (0, 2)


def test_cocotb_on_verilator_replays_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """cocotb on Verilator, which users cannot choose, shows that the test bench is portable."""
    module = importlib.import_module("hbfp_hw.simulate.replay")
    inputs, sums = operands(200, 40)
    compiled = replay(adder(), inputs, {"y": 200}, RunOptions(stalls=patterns(3)))
    monkeypatch.setattr(
        module,
        "_compiled",
        lambda design, waves, **_: module._under_cocotb(design, "verilator", waves),
    )
    result = replay(adder(), inputs, {"y": 200}, RunOptions(stalls=patterns(3)))
    assert unpacked(result.outputs["y"]) == sums
    assert result.cycles == compiled.cycles


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_deadlock_names_the_waiting_streams(
    simulator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_files, "DEADLOCK_CYCLES", 500)
    inputs = {name: packed([3, 4, 5, 6], 40) for name in "ab"}
    message = (
        r"^deaf_adder is dead-locked in cycle 503, waiting: a \(2 of 4 transferred\),"
        r" b \(2 of 4 transferred\), y \(2 of 4 transferred\); see .*simulation\.log$"
    )
    with pytest.raises(ToolError, match=message):
        replay(design_of("deaf_adder", DEAF, 40), inputs, {"y": 4}, RunOptions(simulator))


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_long_stalls_are_no_deadlock(simulator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_files, "DEADLOCK_CYCLES", 20)
    inputs, sums = operands(3, 40)
    pattern = np.ones(100, bool)
    pattern[40] = False
    result = replay(adder(), inputs, {"y": 3}, RunOptions(simulator, stalls={"y": pattern}))
    assert unpacked(result.outputs["y"]) == sums
    assert result.cycles == 241


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_unexpected_output_is_an_error(simulator: str) -> None:
    inputs, _ = operands(4, 40)
    with pytest.raises(ToolError, match=r"gave more outputs than expected on y by cycle"):
        replay(adder(), inputs, {"y": 3}, RunOptions(simulator))


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_time_limit(simulator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_files, "DEADLOCK_CYCLES", 10**12)
    inputs = {name: packed([5], 40) for name in "ab"}
    with pytest.raises(ToolError, match=r"time limit of 1 s; see .*simulation\.log$"):
        replay(
            design_of("deaf_adder", DEAF, 40),
            inputs,
            {"y": 1},
            RunOptions(simulator, timeout=1),
        )


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_repeated_operands_are_stored_once(simulator: str) -> None:
    inputs, _ = operands(4, 40)
    order = np.array([3, 0, 0, 2, 1, 3], np.uint32)
    a = replay_files.Repeated(inputs["a"], order)
    once = {"a": a, "b": inputs["b"][order]}
    spelled = {"a": inputs["a"][order], "b": inputs["b"][order]}
    found = replay(adder(), once, {"y": 6}, RunOptions(simulator))
    assert np.array_equal(found.outputs["y"], replay(adder(), spelled, {"y": 6}).outputs["y"])


def test_progress_counts_to_the_end() -> None:
    inputs, _ = operands(4000, 40)
    seen: list[tuple[int, int]] = []
    watched = RunOptions("icarus", progress=lambda done, total: seen.append((done, total)))
    replay(adder(), inputs, {"y": 4000}, watched)
    assert seen[-1] == (4000, 4000)


@pytest.mark.full(but=["icarus-fst"])
@pytest.mark.parametrize(("simulator", "suffix"), [("verilator", "vcd"), ("icarus", "fst")])
def test_waves(simulator: str, suffix: str, tmp_path: Path) -> None:
    inputs, sums = operands(5, 40)
    waves = tmp_path / f"run.{suffix}"
    result = replay(adder(), inputs, {"y": 5}, RunOptions(simulator, waves=waves))
    assert unpacked(result.outputs["y"]) == sums
    assert waves.stat().st_size > 200


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"inputs": {}}, ValueError, r"^Inputs must name the streams \['a', 'b'\], not \[\]$"),
        ({"expected": {"z": 1}}, ValueError, r"^Expected must name the streams \['y'\], not"),
        ({"expected": {"y": -1}}, ValueError, "^Expected transfers of 'y' must be 0 to .*, not -1"),
        ({"expected": {"y": 1.0}}, TypeError, "^Expected transfers of 'y' must be an integer"),
        (
            {"inputs": operands(2, 40)[0] | {"a": Looped(operands(2, 40)[0]["a"], "b", 3)}},
            ValueError,
            r"^Input 'a' must take an output stream of \['y'\], not 'b'$",
        ),
        (
            {"inputs": operands(2, 40)[0] | {"a": Looped(operands(2, 40)[0]["a"], "y", 1)}},
            ValueError,
            "^Transfers of 'a' must be 2 to ",
        ),
        (
            {"options": RunOptions(stalls={"z": np.zeros(1, bool)})},
            ValueError,
            "^Stalls must be of streams of",
        ),
        (
            {"options": RunOptions(stalls={"y": np.ones(3, bool)})},
            ValueError,
            "^Stalls of 'y' must be a row with",
        ),
        (
            {"options": RunOptions(stalls={"y": [False]})},
            TypeError,
            "^Stalls of 'y' must be an array of bool",
        ),
    ],
)
def test_bad_arguments(change: dict, error: type[Exception], message: str) -> None:
    arguments = {"inputs": operands(2, 40)[0], "expected": {"y": 2}} | change
    with pytest.raises(error, match=message):
        replay(adder(), **arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"simulator": "questa"}, "^Simulator must be 'verilator' or 'icarus', not 'questa'$"),
        ({"waves": Path("run.txt")}, "^Waves must be a .fst or .vcd file, not 'run.txt'$"),
        ({"simulator": "icarus", "waves": Path("a.vcd")}, "^Waves must be a .fst file, not"),
    ],
)
def test_bad_options(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RunOptions(**options)


@pytest.mark.parametrize(
    ("array", "error", "message"),
    [
        (np.zeros((2, 2), np.int64), TypeError, "^Input 'a' must be an array of uint32, not int64"),
        (np.zeros((2, 3), np.uint32), ValueError, r"^Input 'a' must have the shape \(n, 2\), not"),
        (np.full((2, 2), 256, np.uint32), ValueError, "^Input 'a' must have payloads of 40 bits"),
    ],
)
def test_bad_input_array(array: np.ndarray, error: type[Exception], message: str) -> None:
    inputs = operands(2, 40)[0] | {"a": array}
    with pytest.raises(error, match=message):
        replay(adder(), inputs, {"y": 2})
