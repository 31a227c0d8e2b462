"""``hbfp test``: the cocotb regression."""

import argparse
from collections import Counter
from typing import TypedDict

from hbfp_hw.cli.arguments.test import BOTH
from hbfp_hw.cli.output import BadInput, check_output_folder, one_line, report, say
from hbfp_hw.sim.suite import CASES, missing_classes, run_case
from hbfp_hw.simulate.options import SIMULATORS


class CaseRecord(TypedDict):
    """Outcome of a case on a simulator.

    Members:
        passed, failed: Names of its tests.
        missing: Corner classes that must occur and did not.
    """

    case: str
    unit: str
    sim: str
    passed: list[str]
    failed: list[str]
    missing: list[str]
    seconds: float
    junit: str
    log: str


def run(options: argparse.Namespace) -> int:
    """Run the cases and print the outcome of each."""
    known = list(dict.fromkeys(case.unit for case in CASES.values()))
    for unit in options.units:
        if unit not in known:
            raise BadInput(f"Unit must be one of {', '.join(known)}, not {unit!r}")
    check_output_folder(options.output)
    simulators = SIMULATORS if options.sim == BOTH else (options.sim,)
    results: list[CaseRecord] = []
    coverage: dict[str, Counter[str]] = {}
    for name, case in CASES.items():
        if options.units and case.unit not in options.units:
            continue
        for simulator in simulators:
            ended = run_case(case, simulator, options.output)
            coverage.setdefault(case.unit, Counter()).update(ended.coverage)
            result: CaseRecord = {
                "case": name,
                "unit": case.unit,
                "sim": simulator,
                "passed": list(ended.passed),
                "failed": list(ended.failed),
                "missing": missing_classes(case, ended),
                "seconds": ended.seconds,
                "junit": str(ended.junit),
                "log": str(ended.log),
            }
            results.append(result)
            if not options.json:
                say(one_line(_line(result)))
    passed = sum(len(result["passed"]) for result in results)
    failed = sum(len(result["failed"]) for result in results)
    uncovered = sum(len(result["missing"]) for result in results)
    lines = [f"{passed} passed, {failed} failed"]
    if uncovered:
        lines[0] += f", {uncovered} classes not covered"
    if options.coverage:
        lines += _table(coverage)
    report(
        options,
        {
            "passed": passed,
            "failed": failed,
            "not_covered": uncovered,
            "results": results,
            "coverage": {unit: dict(sorted(counts.items())) for unit, counts in coverage.items()},
        },
        lines,
    )
    return 1 if failed or uncovered else 0


def _line(result: CaseRecord) -> str:
    line = (
        f"{result['case']:32} {result['sim']:10} {len(result['passed']):3} passed  "
        f"{result['seconds']:6.1f} s"
    )
    if result["failed"]:
        line += f"  FAILED {', '.join(result['failed'])}"
    if result["missing"]:
        line += f"  NOT COVERED {', '.join(result['missing'])}"
    if result["failed"] or result["missing"]:
        line += f"; see {result['log']}"
    return line


def _table(coverage: dict[str, Counter[str]]) -> list[str]:
    """Return the count of every corner class, unit by unit, as lines of text."""
    lines = []
    for unit, counts in coverage.items():
        lines += ["", f"{unit}: {counts.total()} cases in {len(counts)} classes"]
        lines += [f"  {name:30} {count:9}" for name, count in sorted(counts.items())]
    return lines
