"""The text of this package, as this process loaded it: part of the key of what is kept."""

import hashlib
import os
from pathlib import Path


class PackageHash:
    """All Python text of a package.

    Members:
        sha256: Hash of the text when the object was made.
    """

    def __init__(self, package: Path):
        self._package = package
        self._times = self._times_of_files()
        digest = hashlib.sha256()
        for path in sorted(self._times):
            digest.update(os.fsencode(path.relative_to(package)) + b"\0" + path.read_bytes())
            digest.update(b"\0")
        self.sha256 = digest.hexdigest()

    def edited(self) -> bool:
        """Whether a file was written, added or deleted since, so that other text may run."""
        return self._times_of_files() != self._times

    def _times_of_files(self) -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in self._package.rglob("*.py")}


PACKAGE = PackageHash(Path(__file__).parents[1])
"""This package."""
