"""Files that are written whole or not at all, and errors that name the file."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def naming(path: Path | str) -> Iterator[None]:
    """Name the file in an ``OSError`` of the block that has no name, as after a full disk.

    Parameters:
        path: The file or folder that is written to.

    Raises:
        OSError: The error of the block, with the name.
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise
        # NumPy's errors have no number: they say how much of an array was written.
        raise OSError(error.errno or 0, error.strerror or str(error), str(path)) from None


def read_end(path: Path, most: int) -> str:
    """Return the last ``most`` bytes of a file as text. Bytes that are not UTF-8 are replaced."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - most))
        return file.read().decode(errors="replace")


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whatever the locale. An error names the file.

    File names in the text keep their bytes, even if they are not UTF-8.
    """
    with naming(path):
        path.write_text(text, encoding="utf-8", errors="surrogateescape")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file through a temporary file beside it, so that it is never seen half written.

    A link, a device or a pipe of that name is replaced; the target of a link stays as it is. The
    name of the temporary file is unique to this thread, and a failure removes the file.

    Raises:
        OSError: The file cannot be written. The error names it.
    """
    temporary = path.with_name(f".hbfp-{os.getpid()}-{threading.get_native_id()}.part")
    try:
        with naming(path):
            temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def folder_path(text: str) -> Path:
    """Return the path of a folder.

    It is the ``type`` of options that name a folder, by which completion and sweeps recognise them.
    """
    return Path(text)
