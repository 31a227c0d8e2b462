"""cocotb tests of one design: run them, count them and collect how each one ended."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from hbfp_hw.generation.corner_classes import COVERAGE_FILE
from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.processes import ToolError
from hbfp_hw.simulate.cocotb_run import CocotbRun, build_for_cocotb


@dataclass(frozen=True)
class TestResult:
    """Outcome of a test module.

    Members:
        passed, failed: Names of tests.
        junit, log: JUnit file, and log of the simulator.
        seconds: Time of the build and all tests.
        coverage: Number of occurrences of each corner class, see :mod:`hbfp_hw.sim.coverage`.
    """

    __test__ = False

    passed: tuple[str, ...]
    failed: tuple[str, ...]
    junit: Path
    log: Path
    seconds: float
    coverage: dict[str, int]


def run_tests(
    design: Design,
    module: str,
    simulator: str,
    *,
    expected: int,
    results_dir: Path,
    parameters: Mapping[str, object] | None = None,
    seed: int = 0,
    timeout: float = 600.0,
) -> TestResult:
    """Run the cocotb tests of ``module`` on ``design``; the result reports failed tests.

    Parameters:
        design: The design.
        module: Dotted name of the test module, which the simulator imports.
        simulator: "verilator" or "icarus".
        expected: Number of tests that the module must run; any other number is an error.
        results_dir: Folder for the JUnit file, the log and the files that the tests write.
        parameters: Parameters that ``hbfp_hw.sim.parameters()`` returns to the tests, as JSON can
            carry them.
        seed: cocotb's random seed.
        timeout: Time limit of the run in seconds.

    Raises:
        SimulatorMissing: The simulator is not installed.
        ToolError: The design does not compile, the simulator crashes or exceeds the time limit, or
            the number of tests is not ``expected``.
    """
    started = time.monotonic()
    build = build_for_cocotb(design, simulator)
    folder = Path(results_dir).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{design.name}-{module.rpartition('.')[2]}-{simulator}"
    log, junit = folder / f"{stem}.log", folder / f"{stem}.xml"
    coverage = folder / f"{stem}.coverage.json"
    for path in (log, junit, coverage):
        path.unlink(missing_ok=True)
    environment = {
        "HBFP_TEST_PARAMETERS": json.dumps(dict(parameters or {})),
        COVERAGE_FILE: str(coverage),
    }
    run = CocotbRun(build, module, folder, log, junit, seed, environment)
    run.start(timeout=timeout)
    if not junit.is_file():
        raise ToolError(f"{module} on {simulator} ended without a result", log=log)
    passed, failed = _read_junit(junit)
    ran = len(passed) + len(failed)
    if ran != expected:
        raise ToolError(f"{module} on {simulator} must run {expected} tests, not {ran}", log=log)
    covered = json.loads(coverage.read_text(encoding="utf-8")) if coverage.is_file() else {}
    return TestResult(passed, failed, junit, log, time.monotonic() - started, covered)


def _read_junit(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of passed and of failed tests; a skipped test counts as neither."""
    passed: list[str] = []
    failed: list[str] = []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        outcomes = {child.tag for child in case}
        if "skipped" in outcomes:
            continue
        bad = bool(outcomes & {"failure", "error"})
        (failed if bad else passed).append(case.get("name", ""))
    return tuple(passed), tuple(failed)
