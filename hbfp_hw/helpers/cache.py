"""The cache: its folder, its limit, and the keys of its entries.

All processes of a user share it. Builds, results and runs have modules of their own beside this
one: :mod:`.build_cache`, :mod:`.result_cache`, :mod:`.run_folder`.
"""

import contextlib
import hashlib
import json
import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

BUILDS, RECORDS, RUNS, DATASETS = KINDS = ("builds", "records", "runs", "datasets")
"""Folders in the cache, one for each kind of entry."""

LIMIT = "4G"
"""Default size limit."""

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
"""Bytes of each unit of a size."""


class CacheError(OSError):
    """The cache cannot be used; the message names ``HBFP_CACHE`` and the folder."""


def cache_folder() -> Path:
    """Return the folder of the cache.

    It is ``$HBFP_CACHE``, else ``$XDG_CACHE_HOME/hbfp_hw``, else ``~/.cache/hbfp_hw``.

    Raises:
        CacheError: Neither variable is set, and the user has no home folder.
    """
    if own := os.environ.get("HBFP_CACHE"):
        return Path(own).absolute()
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base).absolute() / "hbfp_hw"
    try:
        return Path.home() / ".cache" / "hbfp_hw"
    except RuntimeError:
        raise CacheError(
            "Cache folder must be given by HBFP_CACHE, as this user has no home folder"
        ) from None


def cache_limit() -> int | None:
    """Return the size limit in bytes, or None for no limit.

    It is ``$HBFP_CACHE_LIMIT``, by default 4 GiB.

    Raises:
        CacheError: The variable is not a size.
    """
    text = os.environ.get("HBFP_CACHE_LIMIT") or LIMIT
    try:
        return parse_size(text)
    except ValueError:
        raise CacheError(
            f"HBFP_CACHE_LIMIT must be a size, such as 500M or 2G, or none, not {text!r}"
        ) from None


def parse_size(text: str) -> int | None:
    """Return the bytes of a size like ``500M`` or ``2G`` (powers of 1024), or None for ``none``.

    Raises:
        ValueError: The text is not a size.
    """
    if text.lower() == "none":
        return None
    match = re.fullmatch(r"(\d{1,15})([KMGT]?)", text.upper(), re.ASCII)
    if match is None:
        raise ValueError(
            f"Size must be a number of bytes, such as 500M or 2G, or none, not {text!r}"
        )
    return int(match[1]) * UNITS[match[2]]


def subfolder(kind: str) -> Path:
    """Return the folder of one kind of entry, and make it if it does not exist.

    Raises:
        CacheError: The folder cannot be made, or the limit of the cache is not a size.
    """
    cache_limit()
    folder = cache_folder() / kind
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn an ``OSError`` of the block into a :class:`CacheError` that names the folder."""
    try:
        yield
    except OSError as error:
        raise CacheError(
            f"Cache folder must be one that can be written, not '{folder}' "
            f"({error.strerror}): set HBFP_CACHE to another"
        ) from None


def content_key(*parts: object) -> str:
    """Return the key of an entry, 24 hex digits: a hash of its parts and of the machine's type.

    Parameters:
        parts: Everything that decides the content of the entry, as plain values.
    """
    text = json.dumps([platform.machine(), *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def mark_used(path: Path) -> None:
    """Set the last use of an entry to now. Do nothing if the cache cannot be written."""
    with contextlib.suppress(OSError):
        os.utime(path)
