"""cocotb regression: it counts tests and reports failures, and its drivers check the design."""

from pathlib import Path

import pytest

from hbfp_hw.simulate import SIMULATORS, SimulatorMissing, ToolError, run_tests
from tests.simulate.adder import BODY, adder, design_of

MODULES = "tests.simulate."
RESTLESS = BODY.replace("else if (y__ready) full", "else if (!y__ready) sum <= sum + 1; else full")


@pytest.mark.full(but=["clocked-icarus", "combinational-verilator"])
@pytest.mark.parametrize("simulator", SIMULATORS)
@pytest.mark.parametrize("clocked", [True, False], ids=["clocked", "combinational"])
def test_drivers_on_both_simulators(simulator: str, clocked: bool, tmp_path: Path) -> None:
    result = run_tests(
        adder(12, clocked=clocked),
        MODULES + "adder_tests",
        simulator,
        parameters={"count": 500, "width": 12, "latency": int(clocked)},
        seed=7,
        expected=3,
        results_dir=tmp_path,
    )
    assert result.passed == (
        "sums_with_stalls",
        "one_sum_per_cycle",
        "stopped_streams_transfer_nothing",
    )
    assert result.failed == ()
    assert result.junit.is_file()
    assert "Seeding Python random module with 7" in result.log.read_text()


def test_sink_sees_a_payload_that_changes_while_it_waits(tmp_path: Path) -> None:
    result = run_tests(
        design_of("restless_adder", RESTLESS, 12),
        MODULES + "adder_tests",
        "icarus",
        parameters={"count": 100, "width": 12, "latency": 1},
        expected=3,
        results_dir=tmp_path,
    )
    assert result.failed == ("sums_with_stalls",)
    assert "y: payload changed before ready" in result.log.read_text()


@pytest.mark.full(but=["icarus"])
@pytest.mark.parametrize("simulator", SIMULATORS)
def test_failure_is_reported(simulator: str, tmp_path: Path) -> None:
    result = run_tests(
        adder(), MODULES + "failing_tests", simulator, expected=1, results_dir=tmp_path
    )
    assert (result.passed, result.failed) == ((), ("always_fails",))
    assert "assert 2 == 3" in result.log.read_text()  # pytest shows the values


@pytest.mark.full(but=["no_tests-icarus", "no_such_module-verilator"])
@pytest.mark.parametrize("simulator", SIMULATORS)
@pytest.mark.parametrize("module", ["no_tests", "no_such_module"])
def test_no_test_at_all_is_an_error(simulator: str, module: str, tmp_path: Path) -> None:
    message = (
        rf"^{MODULES}{module} on {simulator} (must run 1 tests, not 0|ended without a result); see "
    )
    with pytest.raises(ToolError, match=message):
        run_tests(adder(), MODULES + module, simulator, expected=1, results_dir=tmp_path)


def test_wrong_number_of_tests_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"must run 2 tests, not 1; see .*\.log$"):
        run_tests(adder(), MODULES + "failing_tests", "icarus", expected=2, results_dir=tmp_path)


def test_filter_from_outside_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COCOTB_TEST_FILTER", "nothing")
    result = run_tests(
        adder(), MODULES + "failing_tests", "icarus", expected=1, results_dir=tmp_path
    )
    assert result.failed == ("always_fails",)


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_missing_simulator(simulator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(SimulatorMissing, match="apt-get install"):
        run_tests(adder(), MODULES + "adder_tests", simulator, expected=2, results_dir=tmp_path)
