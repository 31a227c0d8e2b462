"""Results that are kept: one small file each, in the folder of builds."""

import fcntl
import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from hbfp_hw.cache import cache_folder, content_key

Record = dict[str, Any]
Poll = Callable[[], None] | None


def remember(
    name: str,
    parts: tuple[object, ...],
    make: Callable[[Path, Path], Record],
    *,
    cached: bool = True,
    poll: Poll = None,
) -> tuple[Record, bool]:
    """What ``make(folder, log)`` gives, or gave in an earlier call with the same ``parts``.

    Records appear whole or not at all. Of several processes that want the same one, one makes it
    while the others wait. A record that is damaged is made again.

    Parameters:
        name: Beginning of the names of the files.
        parts: All that decides the result, as plain values.
        make: Gives plain data. The folder is new and is deleted afterwards, the log is kept.
        cached: Whether an earlier result will do.
        poll: Called now and then while another process makes the record.

    Returns:
        The record with the log's path in it, and whether it is an earlier one.
    """
    folder = cache_folder() / "records"
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{folder / name}-{content_key(*parts)}"
    path, log = Path(f"{stem}.json"), Path(f"{stem}.log")
    if cached and (record := _read(path)) is not None:
        return record, True
    with open(f"{stem}.lock", "w") as lock:
        _wait_for(lock, poll)
        if cached and (record := _read(path)) is not None:
            return record, True
        log.unlink(missing_ok=True)
        work = Path(tempfile.mkdtemp(prefix="hbfp-", dir=_plain_folder()))
        try:
            record = make(work, log) | {"log": str(log)}
        finally:
            shutil.rmtree(work, ignore_errors=True)
        partial = Path(f"{stem}.part")
        partial.write_text(json.dumps({"record": record, "check": _checksum(record)}))
        partial.replace(path)
    return record, False


def _plain_folder() -> str:
    """The folder of temporary files, if the shell and ABC, which quote nothing, can read its name.

    That of the cache may be called anything.
    """
    folder = tempfile.gettempdir()
    return folder if re.fullmatch(r"[\w/.-]+", folder, re.ASCII) else "/tmp"


def _read(path: Path) -> Record | None:
    try:
        kept = json.loads(path.read_bytes())
        record: Record = kept["record"]
        return record if kept["check"] == _checksum(record) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _checksum(record: Record) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _wait_for(lock: TextIO, poll: Poll) -> None:
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if poll is not None:
                poll()
            time.sleep(0.1)
