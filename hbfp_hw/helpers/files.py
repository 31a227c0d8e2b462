"""Files that are written whole or not at all, and errors that name the file."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def naming(path: Path | str) -> Iterator[None]:
    """Add a name to an ``OSError`` that has none, as that of a write to a full disk.

    Parameters:
        path: The file or folder that is written to.

    Raises:
        OSError: The error of the block, with a file name.
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise
        # NumPy's errors have no number: they say how much of an array was written.
        raise OSError(error.errno or 0, error.strerror or str(error), str(path)) from None


def read_end(path: Path, most: int) -> str:
    """Return the last ``most`` bytes of a file as text; what is not UTF-8 is replaced."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - most))
        return file.read().decode(errors="replace")


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whatever the locale; an error names the file.

    File names in the text keep their bytes.
    """
    with naming(path):
        path.write_text(text, encoding="utf-8", errors="surrogateescape")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file through a temporary neighbour, so that it is never seen half written.

    A link, a device or a pipe of that name is replaced: what it leads to stays as it is. The
    neighbour is removed after a failure, and its name is that of one thread alone.

    Raises:
        OSError: The file cannot be written; the error names it.
    """
    temporary = path.with_name(f".hbfp-{os.getpid()}-{threading.get_native_id()}.part")
    try:
        with naming(path):
            temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
