"""Matrices in ``.npy`` files, checked before use, and output files, written whole."""

import io
import os
import shutil
import stat
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cli.output import BadInput, unwritable
from hbfp_hw.golden.blocks import check_float32
from hbfp_hw.golden.gemm import check_operands
from hbfp_hw.helpers.files import write_whole

MAGIC = b"\x93NUMPY"
"""First bytes of a ``.npy`` file."""


def load_operands(
    x: Path, w: Path, c: Path | None
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32] | None]:
    """Return the matrices X (M, K), W (K, P) and C (M, P) of a product Y = C + X·W.

    Raises:
        BadInput: A file is not a float32 matrix, or the shapes do not fit.
    """
    operands = load("X", x), load("W", w), None if c is None else load("C", c)
    try:
        check_operands(*operands)
    except ValueError as error:
        raise BadInput(str(error)) from None
    return operands


def load(name: str, path: Path) -> NDArray[np.float32]:
    """Return the float32 array in a ``.npy`` file, in C order. Pickled objects are never loaded.

    Parameters:
        name: Name of the array in error messages.
        path: The file.

    Raises:
        BadInput: The file cannot be read, or has no float32 array.
    """
    try:
        # Only a regular file can be mapped, and opening a pipe could block for ever.
        magic = b""
        if stat.S_ISREG(path.stat().st_mode):
            with path.open("rb") as file:
                magic = file.read(len(MAGIC))
    except OSError as error:
        raise BadInput(
            f"{name} must be a file that can be read: {path}: {error.strerror}"
        ) from None
    if magic != MAGIC:
        raise BadInput(f"{name} must be a .npy file, not '{path}'")
    try:
        with warnings.catch_warnings(action="ignore"):
            # Mapping uses no memory before it refuses a file that is shorter than its header says.
            mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception:  # a bad header can make NumPy raise nearly anything
        raise BadInput(f"{name} must be a whole .npy file of numbers, not '{path}'") from None
    try:
        check_float32(name, mapped)
    except TypeError as error:
        raise BadInput(f"{error}: save it as .astype(np.float32)") from None
    return np.array(mapped, order="C")


def save(path: Path, y: NDArray[np.float32]) -> None:
    """Write a matrix to a ``.npy`` file, whole or not at all."""
    content = io.BytesIO()
    np.save(content, y)
    write_file(path, content.getvalue())


def write_file(path: Path, content: bytes) -> None:
    """Write an output file that the user named, whole or not at all.

    A link stays a link, and its target is replaced. A device or a pipe is written directly.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            write_whole(Path(os.path.realpath(path)), content)
    except OSError as error:
        raise unwritable(path, error) from None


def write_in(folder: Path, name: str, content: bytes) -> None:
    """Write a file of an output folder, whole or not at all. A link of this name is replaced."""
    try:
        write_whole(folder / name, content)
    except OSError as error:
        raise unwritable(folder / name, error) from None


@contextmanager
def written_whole(path: Path | None) -> Iterator[Path | None]:
    """Give another program a path for an output file, which appears whole or not at all.

    The path is in a temporary folder beside the output, because some programs write further files
    there. If no output is wanted, both paths are None.
    """
    if path is None:
        yield None
        return
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise BadInput(f"Output must be a regular file, not '{path}'")
    try:
        folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=".hbfp-"))
    except OSError as error:
        raise unwritable(path, error) from None
    try:
        yield folder / path.name
        try:
            (folder / path.name).replace(target)
        except OSError as error:
            raise unwritable(path, error) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
