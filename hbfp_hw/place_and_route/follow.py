"""Clock estimates of nextpnr, read from its log while it runs."""

import re
from collections.abc import Callable
from pathlib import Path

Watch = Callable[[str, float | None], None]
"""Called with the name of a step and nextpnr's latest clock estimate in MHz, None before any."""

CLOCK = re.compile(rb"Max frequency for clock\s+'[^']*':\s*([\d.]+) MHz")
"""Clock estimate in nextpnr's log."""


def follow_clock(log: Path, tell: Callable[[float], None]) -> Callable[[], None]:
    """Return a function that reads the lines appended to a log since its last call.

    Parameters:
        log: Log of nextpnr; lines that are in it now are skipped.
        tell: Called with each clock estimate, in MHz.
    """
    offset = log.stat().st_size if log.exists() else 0

    def read_new() -> None:
        nonlocal offset
        if not log.exists():
            return
        with log.open("rb") as file:
            file.seek(offset)
            # The last line may still be incomplete: leave it for the next call.
            text, line_break, _ = file.read().rpartition(b"\n")
        offset += len(text) + len(line_break)
        for clock in CLOCK.findall(text):
            tell(float(clock))

    return read_new
