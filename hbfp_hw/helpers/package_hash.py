"""Hash of the Python text of this package, part of every cache key."""

import hashlib
import os
import time
from functools import cache
from pathlib import Path

LOADED = time.time_ns()
"""Time at which this process began to load the package, in nanoseconds since 1970."""


class PackageHash:
    """Hash of all Python text of a package.

    Parameters:
        package: Folder of the package.
        loaded: Time at which the package was loaded, in nanoseconds since 1970. If a file was
            written later, the hash is not that of the text that runs. None skips this check.

    Members:
        sha256: Hash of the text when the object was made.
    """

    def __init__(self, package: Path, loaded: int | None = None):
        self._package = package
        self._times = self._times_of_files()
        self._written_later = loaded is not None and max(self._times.values(), default=0) > loaded
        digest = hashlib.sha256()
        for path in sorted(self._times):
            digest.update(os.fsencode(path.relative_to(package)) + b"\0" + path.read_bytes())
            digest.update(b"\0")
        self.sha256 = digest.hexdigest()

    def edited(self) -> bool:
        """Return whether a file was written, added or deleted after the package was loaded.

        The text that runs may then differ from the text that was hashed.
        """
        return self._written_later or self._times_of_files() != self._times

    def _times_of_files(self) -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in self._package.rglob("*.py")}


@cache
def package_hash() -> PackageHash:
    """Return the hash of this package, computed by the first call."""
    return PackageHash(Path(__file__).parents[1], LOADED)
