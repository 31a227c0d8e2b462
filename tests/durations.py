"""Processor time of the tests by folder, printed at the end of a run beside the recorded time.

The time of a test includes setup, call and teardown, in its own process and in the children that it
waited for. ``tests/durations.json`` holds the seconds of each folder in each tier on one machine;
``--record-durations`` writes it. The comparison shows growth. A slow machine fails no test.
"""

import json
import resource
from collections import Counter, defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

RECORDED = Path(__file__).with_name("durations.json")
PROPERTY = "processor_seconds"


def processor_seconds() -> float:
    """Return the processor time of this process and its finished children, in seconds."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


_started = processor_seconds()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the time of each phase to its report, which workers send to the printing process."""
    global _started
    report = yield
    now = processor_seconds()
    report.user_properties.append((PROPERTY, now - _started))
    _started = now
    return report


def folder_of(nodeid: str) -> str:
    """Return the folder below ``tests`` that contains a test."""
    parts = nodeid.partition("::")[0].split("/")
    return parts[1] if len(parts) > 2 else "."


def add_options(parser: pytest.Parser) -> None:
    """Add the option that records durations."""
    parser.addoption(
        "--record-durations",
        action="store_true",
        help="write the processor time of each folder to tests/durations.json",
    )


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Print tests and seconds of each folder, the most expensive one first."""
    if hasattr(config, "workerinput"):  # a worker sees only its own tests
        return
    tests: Counter[str] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    for outcome in ("passed", "failed", "error", "skipped", ""):
        for report in terminalreporter.stats.get(outcome, []):
            if isinstance(report, pytest.TestReport):
                folder = folder_of(report.nodeid)
                tests[folder] += report.when == "call"
                spent = dict(report.user_properties).get(PROPERTY, 0.0)
                assert isinstance(spent, float)
                seconds[folder] += spent
    if len(seconds) < 2:
        return
    tiers = json.loads(RECORDED.read_text())
    tier = str(config.getoption("tier"))
    recorded = tiers[tier]
    if config.getoption("record_durations"):
        tiers[tier] = {folder: round(seconds[folder]) for folder in sorted(seconds)}
        RECORDED.write_text(json.dumps(tiers, indent=2) + "\n")
    terminalreporter.section("processor time by folder")
    row = "{:<12} {:>6} {:>9} {:>9}".format
    terminalreporter.line(row("folder", "tests", "seconds", "recorded"))
    for folder, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        terminalreporter.line(row(folder, tests[folder], f"{spent:.1f}", recorded.get(folder, "-")))
    total = sum(seconds.values())
    terminalreporter.line(row("all", sum(tests.values()), f"{total:.1f}", sum(recorded.values())))
