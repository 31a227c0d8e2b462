"""Results that are kept: one small file each, in the folder of builds."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hbfp_hw.helpers.cache import RECORDS, content_key, mark_used, subfolder, trim, writing_to
from hbfp_hw.helpers.files import naming, write_whole
from hbfp_hw.helpers.locks import FileLock

Record = dict[str, Any]
Poll = Callable[[], None] | None


def cached_result(
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

    Raises:
        CacheError: The cache cannot be written, and does not have the record.
        OSError: A file cannot be written; the error names it.
    """
    folder = subfolder(RECORDS)
    stem = f"{folder / name}-{content_key(*parts)}"
    path, log = Path(f"{stem}.json"), Path(f"{stem}.log")
    if cached and (record := _read(path)) is not None:
        return record, True
    lock = FileLock(Path(f"{stem}.lock"))
    with writing_to(folder):
        lock.acquire(poll=poll)
    try:
        if cached and (record := _read(path)) is not None:
            return record, True
        log.unlink(missing_ok=True)
        work = Path(tempfile.mkdtemp(prefix="hbfp-", dir=_plain_folder()))
        try:
            with naming(work):
                record = make(work, log) | {"log": str(log)}
        finally:
            shutil.rmtree(work, ignore_errors=True)
        write_whole(path, json.dumps({"record": record, "check": _checksum(record)}).encode())
    finally:
        lock.release()
    trim()
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
        if kept["check"] != _checksum(record):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    mark_used(path)
    return record


def _checksum(record: Record) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
