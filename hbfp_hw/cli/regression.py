"""``hbfp test``: the cocotb regression."""

import argparse
from pathlib import Path
from typing import Any

from hbfp_hw.cli.output import BadInput, add_command, check_output_folder, one_line, report
from hbfp_hw.simulate.suite import CASES, SIMULATORS, run_case


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        commands,
        "test",
        "run the cocotb regression of the generated Verilog against the golden model",
        ["hbfp test", "hbfp test dot accumulate --sim verilator", "hbfp test -o results --json"],
    )
    parser.add_argument("units", metavar="UNIT", nargs="*", help="units to test (default all)")
    parser.add_argument("--sim", choices=(*SIMULATORS, "both"), default="both", help="simulator")
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=Path,
        default=Path("test_results"),
        help="folder for JUnit XML and logs (test_results)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the cases and say how each ended."""
    known = list(dict.fromkeys(case.unit for case in CASES.values()))
    for unit in options.units:
        if unit not in known:
            raise BadInput(f"Unit must be one of {', '.join(known)}, not {unit!r}")
    check_output_folder(options.output)
    simulators = SIMULATORS if options.sim == "both" else (options.sim,)
    results: list[dict[str, Any]] = []
    for name, case in CASES.items():
        if options.units and case.unit not in options.units:
            continue
        for simulator in simulators:
            result = run_case(case, simulator, options.output)
            results.append(
                {
                    "case": name,
                    "unit": case.unit,
                    "sim": simulator,
                    "passed": list(result.passed),
                    "failed": list(result.failed),
                    "seconds": result.seconds,
                    "junit": str(result.junit),
                    "log": str(result.log),
                }
            )
            ended = f"FAILED {', '.join(result.failed)}; see {result.log}"
            line = (
                f"{name:32} {simulator:10} {len(result.passed):3} passed  {result.seconds:6.1f} s"
                + (f"  {ended}" if result.failed else "")
            )
            if not options.json:
                print(one_line(line), flush=True)
    passed = sum(len(result["passed"]) for result in results)
    failed = sum(len(result["failed"]) for result in results)
    total = [f"{passed} passed, {failed} failed"]
    report(options, {"passed": passed, "failed": failed, "results": results}, total)
    return 1 if failed else 0
