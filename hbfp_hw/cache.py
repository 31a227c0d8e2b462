"""The folder of finished builds, shared by all processes of a user."""

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

RUN_DAYS = 7


def cache_folder() -> Path:
    """``$HBFP_CACHE``, else ``$XDG_CACHE_HOME/hbfp_hw``, else ``~/.cache/hbfp_hw``."""
    if own := os.environ.get("HBFP_CACHE"):
        return Path(own).absolute()
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base).absolute() / "hbfp_hw"
    return Path.home() / ".cache" / "hbfp_hw"


def content_key(*parts: object) -> str:
    """Hash of everything that decides what a build gives."""
    text = json.dumps([platform.machine(), *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def build_once(name: str, key: str, build: Callable[[Path, Path], None]) -> Path:
    """Folder that ``build(folder, log)`` filled, now or in an earlier call with this ``key``.

    The folder appears whole or not at all, and of several processes that ask for it at once one
    builds while the others wait. The log stays beside the folder, whether the build succeeds
    or fails.
    """
    builds = cache_folder() / "builds"
    folder = builds / f"{name}-{key}"
    if folder.is_dir():
        return folder
    builds.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder
        log = Path(f"{folder}.log")
        log.unlink(missing_ok=True)
        for left in builds.glob(f"{folder.name}-partial-*"):
            shutil.rmtree(left, ignore_errors=True)  # of a process that was killed
        partial = Path(tempfile.mkdtemp(dir=builds, prefix=f"{folder.name}-partial-"))
        try:
            build(partial, log)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return folder


def new_run_folder(name: str) -> Path:
    """A new folder for one simulation; folders older than a week are deleted."""
    runs = cache_folder() / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    oldest = time.time() - RUN_DAYS * 86400
    for folder in runs.iterdir():
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=runs, prefix=f"{name}-"))
