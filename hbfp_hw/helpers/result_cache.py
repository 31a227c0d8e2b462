"""Result cache and design cache: one small JSON file per measurement or generated design."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hbfp_hw.helpers.cache import RECORDS, content_key, mark_used, subfolder
from hbfp_hw.helpers.files import naming, write_whole
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.made_once import make_once

Record = dict[str, Any]


def cached_result(
    name: str,
    parts: tuple[object, ...],
    make: Callable[[Path, Path], Record],
    *,
    cached: bool = True,
    poll: Poll = None,
) -> tuple[Record, bool]:
    """Return the result of ``make(folder, log)``, now or from an earlier call with the same parts.

    A record appears whole or not at all. If several processes ask for the same one, one makes it
    and the others wait. A damaged record is made again.

    Parameters:
        name: Beginning of the file names.
        parts: Everything that decides the result, as plain values.
        make: Returns plain data. It gets a new folder, which is deleted afterwards, and the path of
            its log, which stays.
        cached: Whether to accept an earlier result.
        poll: Called a few times a second while another process makes the record.

    Returns:
        The record with the path of its log added, and whether it is an earlier one.

    Raises:
        CacheError: The record does not exist and the cache cannot be written.
        OSError: A file cannot be written; the error names it.
    """
    stem = subfolder(RECORDS) / f"{name}-{content_key(*parts)}"
    path = Path(f"{stem}.json")

    def find() -> Record | None:
        return _read(path) if cached else None

    def make_record(log: Path) -> Record:
        work = Path(tempfile.mkdtemp(prefix="hbfp-", dir=plain_folder()))
        try:
            with naming(work):
                record = make(work, log) | {"log": str(log)}
        finally:
            shutil.rmtree(work, ignore_errors=True)
        write_whole(path, json.dumps({"record": record, "check": _checksum(record)}).encode())
        return record

    return make_once(stem, find, make_record, poll=poll)


def plain_folder() -> str:
    """Return a folder for temporary files whose name the shell and ABC read without quotes.

    The cache is no such folder, because its name may have any characters.
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
