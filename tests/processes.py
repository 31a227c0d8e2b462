"""Running processes, for tests that end some of them."""

import subprocess
import sys
import time
from pathlib import Path

HBFP = Path(sys.executable).with_name("hbfp")
PATIENCE = 60.0


def processes() -> dict[int, tuple[int, str]]:
    """Return parent and name of every running process."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = stat.read_text().rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, parent = tail.split()[:2]
        if state != "Z":
            found[int(stat.parent.name)] = (int(parent), head.partition("(")[2])
    return found


def running(pid: int) -> bool:
    """Return whether a process is running."""
    return pid in processes()


def wait_for(
    process: subprocess.Popen[str], name: str, count: int = 1, library: str = ""
) -> dict[int, str]:
    """Wait for descendants of a process, and return the names of all its descendants.

    Parameters:
        process: Ancestor.
        name: Beginning of the awaited descendants' names.
        count: Number of descendants to wait for.
        library: Part of the path of a library that each must have loaded, if not empty.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, process.communicate()
        family = _descendants(process.pid)
        found = [pid for pid, title in family.items() if title.startswith(name)]
        if sum(_has_loaded(pid, library) for pid in found) >= count:
            return family
        time.sleep(0.02)
    raise AssertionError(f"{name} was not started")


def wait_for_end(pids: set[int]) -> None:
    """Wait until none of these processes is running."""
    end = time.monotonic() + PATIENCE
    while left := pids & processes().keys():
        assert time.monotonic() < end, left
        time.sleep(0.02)


def _has_loaded(pid: int, library: str) -> bool:
    try:
        return library in Path(f"/proc/{pid}/maps").read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def _descendants(root: int) -> dict[int, str]:
    found = processes()
    family, grown = {root}, True
    while grown:
        children = {pid for pid, (parent, _) in found.items() if parent in family}
        grown = not children <= family
        family |= children
    return {pid: found[pid][1] for pid in family - {root} if pid in found}
