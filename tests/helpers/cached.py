"""Entries of a cache for tests: builds and records of known sizes."""

import os
import time
from pathlib import Path

from hbfp_hw.helpers import cache
from hbfp_hw.helpers.result_cache import cached_result

PAGE = 4096
"""Fewest bytes that a file system reserves for a file."""

DAY = 86400
"""Seconds in a day."""


def build(folder: Path, log: Path) -> None:
    """Fill a build with three pages."""
    (folder / "file").write_bytes(bytes(3 * PAGE))
    log.write_text("built\n")


def record(number: int, age: float | None = None) -> None:
    """Make a record, or use it, and set its last use to ``age`` seconds ago."""
    cached_result("unit", (number,), lambda *_: {"number": number, "text": "x" * 2 * PAGE})
    if age is not None:
        (path,) = (p for p in _records() if f'"number": {number},' in p.read_text())
        os.utime(path, (time.time() - age,) * 2)


def numbers() -> list[int]:
    """Return the numbers of the records in the cache."""
    texts = [path.read_text() for path in _records()]
    return sorted(int(text.partition('"number": ')[2].partition(",")[0]) for text in texts)


def _records() -> list[Path]:
    return sorted((cache.cache_folder() / "records").glob("*.json"))
