"""``hbfp gemm`` refuses operands that are not float32 matrices of fitting shapes."""

import io
import os
import zipfile
from contextlib import contextmanager

import numpy as np
import pytest

from tests.cli.conftest import FORMAT, assert_refused, snapshot

GEMM = ("gemm", "X.npy", "W.npy", *FORMAT, "-o", "Y.npy")
NOBODY = 65534


@pytest.fixture
def refused(folder, hbfp):
    """Return a function that checks that a product of the files in the folder is refused."""

    def check(message, *arguments):
        before = snapshot(folder)
        assert_refused(hbfp(*(arguments or GEMM)), message)
        assert snapshot(folder) == before

    return check


def _bytes(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "dtype",
    [
        *("float64", "float16", "int32", "int8", "uint32", "bool", "complex64", ">f4", "U3"),
        [("a", "<f4"), ("b", "<i4")],
        [("line\nbreak", "<f4")],
    ],
    ids=str,
)
def test_wrong_dtype(refused, dtype):
    np.save("X.npy", np.zeros((5, 7), dtype))
    refused("hbfp: X must be a float32 array, not ")


@pytest.mark.parametrize("shape", [(), (7,), (5, 7, 1), (0, 7), (5, 0), (0, 0), (0,)])
def test_not_a_matrix(refused, shape):
    np.save("X.npy", np.zeros(shape, np.float32))
    refused(f"hbfp: X must be a matrix that is not empty, not {shape}")


def test_shapes_that_do_not_fit(refused):
    np.save("W.npy", np.zeros((6, 3), np.float32))
    refused("hbfp: W must have 7 rows, as many as X has columns, not 6")


@pytest.mark.parametrize("shape", [(5, 4), (3, 5), (1, 3)])
def test_start_values_that_do_not_fit(refused, shape):
    np.save("C.npy", np.zeros(shape, np.float32))
    refused(f"hbfp: C must be of shape (5, 3), as Y is, not {shape}", *GEMM, "-c", "C.npy")


@pytest.mark.parametrize("name", ["W", "C"])
def test_each_operand_is_checked(refused, name):
    np.save(f"{name}.npy", np.zeros((7, 3)))
    refused(
        f"{name} must be a float32 array, not float64 array: save it as .astype(np.float32)\n",
        *GEMM,
        "-c",
        "C.npy",
    )


def _archive():
    file = io.BytesIO()
    np.savez(file, x=np.zeros((5, 7), np.float32))
    assert zipfile.is_zipfile(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"1.0 2.0\n", b"\x93NUMP", _archive(), b"\0" * 500], ids=range(5)
)
def test_not_an_npy_file(refused, folder, content):
    (folder / "X.npy").write_bytes(content)
    refused("hbfp: X must be a .npy file, not 'X.npy'")


def _header(text, version=b"\1\0", length=None):
    return b"\x93NUMPY" + version + (length or len(text)).to_bytes(2, "little") + text.encode()


def _shape(shape, descr="'<f4'"):
    return _header(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n")


WHOLE = _bytes(np.zeros((5, 7), np.float32))


@pytest.mark.parametrize(
    "content",
    [
        WHOLE[:-1],
        WHOLE[:128],
        WHOLE[:60],
        WHOLE[:8],
        WHOLE[:6],
        _bytes(np.array([[1, None]], object), allow_pickle=True),
        _shape((1 << 40, 1 << 20)) + b"\0" * 64,
        _shape((1 << 70, 2)) + b"\0" * 64,
        _shape((-1, 7)) + b"\0" * 64,
        _shape("'5'"),
        _shape((5.5, 7)),
        _shape((5, 7), "'no such type'"),
        _shape((5, 7), "3"),
        _header("{" * 2000),
        _header("(" * 9000),
        _header("not a header\n"),
        _header("\n\t\x1f'"),
        _header("", length=60000),
        _header("{}", version=b"\7\7"),
    ],
    ids=range(19),
)
def test_not_whole(refused, folder, content):
    (folder / "X.npy").write_bytes(content)
    refused("hbfp: X must be a whole .npy file of numbers, not 'X.npy'")


def test_missing(refused, folder):
    (folder / "W.npy").unlink()
    refused("hbfp: W must be a file that can be read: W.npy: No such file or directory")


def test_name_that_is_too_long(refused):
    refused("File name too long", "gemm", "x" * 300, "W.npy", *FORMAT)


def test_folder(refused, folder):
    (folder / "X.npy").unlink()
    (folder / "X.npy").mkdir()
    refused("hbfp: X must be a .npy file, not 'X.npy'")


def test_pipe_is_not_waited_for(refused, folder):
    (folder / "X.npy").unlink()
    os.mkfifo(folder / "X.npy")
    refused("hbfp: X must be a .npy file, not 'X.npy'")


@contextmanager
def common_user(folder):
    """Drop the rights of the superuser, who may read every file."""
    if os.geteuid() != 0:
        yield
        return
    os.chown(folder, NOBODY, -1)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_unreadable(hbfp, folder):
    (folder / "X.npy").chmod(0)
    before = snapshot(folder)
    with common_user(folder):
        ended = hbfp(*GEMM)
    assert_refused(ended, "hbfp: X must be a file that can be read: X.npy: Permission denied")
    assert snapshot(folder) == before


def test_read_error(refused, monkeypatch):
    def fail(*_, **__):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("pathlib.Path.open", fail)
    refused("hbfp: X must be a file that can be read: X.npy: Input/output error")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a b.npy", "'a b.npy'"),
        ("it's.npy", "'it's.npy'"),
        ('a"b.npy', "'a\"b.npy'"),
        ("a\nb.npy", "'a\\nb.npy'"),
        ("a\r\x1b[31m.npy", "'a\\r\\x1b[31m.npy'"),
        (os.fsdecode(b"\xff.npy"), "'\\udcff.npy'"),
    ],
)
def test_names_are_shown_in_one_line(refused, folder, name, shown):
    (folder / name).write_text("no array")
    refused(f"hbfp: X must be a .npy file, not {shown}", "gemm", name, "W.npy", *FORMAT)
