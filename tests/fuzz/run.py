"""Fuzzer of everything that enters compiled code: ``python -m tests.fuzz.run --calls 100000``.

Each call runs with compiled code and with NumPy. Both must return the same bits, or raise the same
type of error with a message of one line. The calls run in child processes. If a child crashes, its
current call is reported as a failure and another child continues with the next call.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARE = 5000
"""Calls made by one child."""


@dataclass
class Report:
    """Outcome of some calls.

    Members:
        ends: Number of calls by function and end, such as ``gemm: TypeError``.
        tags: Number of calls by function and disturbance, such as ``gemm: read-only``.
        failures: Descriptions of calls that crashed or whose outcomes differed.
    """

    ends: Counter[str] = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, other: "Report") -> None:
        """Add the numbers and failures of another report."""
        self.ends += other.ends
        self.tags += other.tags
        self.failures += other.failures


def fuzz(calls: int, seed: int, part: str, *, workers: int = 1) -> Report:
    """Make a number of calls, of the ``golden`` model, of ``torch`` or of ``all``."""
    total = Report()
    firsts = range(0, calls, SHARE)
    with ThreadPoolExecutor(workers) as pool:
        for report in pool.map(lambda n: _share(n, min(n + SHARE, calls), seed, part), firsts):
            total.add(report)
    return total


def _share(first: int, last: int, seed: int, part: str) -> Report:
    """Make some calls in a child; if one crashes, make those before and after it anew."""
    if first >= last:
        return Report()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "call"
        words = [part, str(seed), str(first), str(last), str(place)]
        child = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.child", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if child.returncode == 0:
            ends, tags, failures = json.loads(child.stdout)
            return Report(Counter(ends), Counter(tags), failures)
        messages = child.stderr.strip()[-2000:]
        if not place.exists():
            raise RuntimeError(f"The child of the fuzzer did not start: {messages}")
        number = int(place.read_text())
    code = child.returncode
    reason = signal.Signals(-code).name if code < 0 else f"exit status {code}"
    total = _share(first, number, seed, part)
    total.failures.append(f"call {number} of seed {seed} ended the process: {reason}\n{messages}")
    total.add(_share(number + 1, last, seed, part))
    return total


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run", description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000, help="number of calls (100000)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the calls (1)")
    parser.add_argument(
        "--part", choices=["golden", "torch", "all"], default="all", help="functions to call (all)"
    )
    parser.add_argument("--workers", type=int, default=1, help="number of child processes (1)")
    options = parser.parse_args()
    started = time.monotonic()
    report = fuzz(options.calls, options.seed, options.part, workers=options.workers)
    for name, count in sorted(report.ends.items()):
        print(f"{count:8} {name}")
    for failure in report.failures:
        print(f"FAILURE: {failure}")
    seconds = time.monotonic() - started
    print(f"{options.calls} calls, {len(report.failures)} failures, {seconds:.0f} s")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
