"""Processor time of the tests by folder, printed at the end of a run beside the recorded one.

The times of a test are those of its own process and of the children that it waited for, in setup,
call and teardown. ``tests/durations.json`` records the seconds of each folder in each tier on one
machine (``--record-durations`` writes them), so that growth is seen. Nothing fails because a
machine is slow.
"""

import json
import resource
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

RECORDED = Path(__file__).with_name("durations.json")
PROPERTY = "processor_seconds"


def processor_seconds() -> float:
    """Return the time that this process and its finished children have computed."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


_started = processor_seconds()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Note the time of each phase in its report, which also reaches the process that prints."""
    global _started
    report = yield
    now = processor_seconds()
    report.user_properties.append((PROPERTY, now - _started))
    _started = now
    return report


def folder_of(nodeid: str) -> str:
    """Return the folder below ``tests`` that a test is in."""
    parts = nodeid.partition("::")[0].split("/")
    return parts[1] if len(parts) > 2 else "."


def add_options(parser: pytest.Parser) -> None:
    """Add the option that records."""
    parser.addoption(
        "--record-durations",
        action="store_true",
        help="write the processor time of each folder to tests/durations.json",
    )


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Print tests and seconds of each folder, the most expensive one first."""
    tests: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for outcome in ("passed", "failed", "error", "skipped", ""):
        for report in terminalreporter.stats.get(outcome, []):
            if isinstance(report, pytest.TestReport):
                folder = folder_of(report.nodeid)
                tests[folder] += report.when == "call"
                properties = [value for name, value in report.user_properties if name == PROPERTY]
                seconds[folder] += properties[-1] if properties else 0
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
    for folder, spent in seconds.most_common():
        terminalreporter.line(row(folder, tests[folder], f"{spent:.1f}", recorded.get(folder, "-")))
    total = sum(seconds.values())
    terminalreporter.line(row("all", sum(tests.values()), f"{total:.1f}", sum(recorded.values())))
