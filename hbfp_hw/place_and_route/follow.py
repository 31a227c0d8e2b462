"""Clock estimates of nextpnr, told as soon as its log has them."""

import re
from collections.abc import Callable
from pathlib import Path

Watch = Callable[[str, float | None], None]
"""Called when a step begins, with its name and nextpnr's latest clock estimate in MHz, if any."""

CLOCK = re.compile(rb"Max frequency for clock\s+'[^']*':\s*([\d.]+) MHz")


def follow_clock(log: Path, tell: Callable[[float], None]) -> Callable[[], None]:
    """Return a function that reads what the log got since its last call.

    Parameters:
        log: Log of a running nextpnr; only what is appended from now on counts.
        tell: Called with each clock in the log, in MHz.
    """
    place = log.stat().st_size if log.exists() else 0

    def look() -> None:
        nonlocal place
        if not log.exists():
            return
        with log.open("rb") as file:
            file.seek(place)
            # The last line may not be whole yet.
            text, line_break, _ = file.read().rpartition(b"\n")
        place += len(text) + len(line_break)
        for clock in CLOCK.findall(text):
            tell(float(clock))

    return look
