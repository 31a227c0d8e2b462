"""``hbfp test``: the cocotb regression."""

import argparse
from collections import Counter
from typing import Any

from hbfp_hw.cli.arguments.test import BOTH
from hbfp_hw.cli.output import BadInput, check_output_folder, one_line, report, say
from hbfp_hw.simulate.options import SIMULATORS
from hbfp_hw.simulate.suite import CASES, missing_classes, run_case


def run(options: argparse.Namespace) -> int:
    """Run the cases and say how each ended."""
    known = list(dict.fromkeys(case.unit for case in CASES.values()))
    for unit in options.units:
        if unit not in known:
            raise BadInput(f"Unit must be one of {', '.join(known)}, not {unit!r}")
    check_output_folder(options.output)
    simulators = SIMULATORS if options.sim == BOTH else (options.sim,)
    results: list[dict[str, Any]] = []
    coverage: dict[str, Counter[str]] = {}
    for name, case in CASES.items():
        if options.units and case.unit not in options.units:
            continue
        for simulator in simulators:
            result = run_case(case, simulator, options.output)
            coverage.setdefault(case.unit, Counter()).update(result.coverage)
            missing = missing_classes(case, result)
            results.append(
                {
                    "case": name,
                    "unit": case.unit,
                    "sim": simulator,
                    "passed": list(result.passed),
                    "failed": list(result.failed),
                    "missing": missing,
                    "seconds": result.seconds,
                    "junit": str(result.junit),
                    "log": str(result.log),
                }
            )
            line = (
                f"{name:32} {simulator:10} {len(result.passed):3} passed  {result.seconds:6.1f} s"
                + (f"  FAILED {', '.join(result.failed)}" if result.failed else "")
                + (f"  NOT COVERED {', '.join(missing)}" if missing else "")
                + (f"; see {result.log}" if result.failed or missing else "")
            )
            if not options.json:
                say(one_line(line))
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


def _table(coverage: dict[str, Counter[str]]) -> list[str]:
    """Counts of every class, unit by unit."""
    lines = []
    for unit, counts in coverage.items():
        lines += ["", f"{unit}: {counts.total()} cases in {len(counts)} classes"]
        lines += [f"  {name:30} {count:9}" for name, count in sorted(counts.items())]
    return lines
