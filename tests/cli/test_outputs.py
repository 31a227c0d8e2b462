"""Outputs appear whole or not at all. An unwritable one is refused in one line."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import FORMAT, assert_refused, snapshot

GEMM = ("gemm", "X.npy", "W.npy", *FORMAT)
GENERATE = ("generate", "dot", *FORMAT)


@pytest.fixture
def refused(folder, hbfp):
    """Return a function that checks that a command is refused and leaves no file."""

    def check(message, *arguments):
        before = snapshot(folder)
        assert_refused(hbfp(*arguments), message)
        assert snapshot(folder) == before

    return check


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (".", "hbfp: Output must be a file, not the folder '.'"),
        ("", "hbfp: Output must be a file, not the folder '.'"),
        ("none/Y.npy", "hbfp: Output must be in a folder that exists, not 'none'"),
        ("X.npy/Y.npy", "hbfp: Output must be in a folder that exists, not 'X.npy'"),
        ("new\nfolder/Y.npy", "hbfp: Output must be in a folder that exists, not 'new\\nfolder'"),
        ("y" * 300, f"{'y' * 300}: File name too long"),
    ],
    ids=range(6),
)
@pytest.mark.parametrize("option", ["-o", "--waves"])
def test_gemm_output(refused, path, message, option):
    if option == "--waves":
        path, message = ("none/Y.fst", "in a folder that exists, not 'none'")
    refused(message, *GEMM, "--engine", "rtl", option, path)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("X.npy", "hbfp: Output folder must be a folder that can be written, not 'X.npy'"),
        ("X.npy/out", "Output folder must be a folder that can be written, not 'X.npy/out'"),
        ("y" * 300, f"{'y' * 300}: File name too long"),
    ],
    ids=range(3),
)
@pytest.mark.parametrize("command", [GENERATE, ("test", "fp32")], ids=["generate", "test"])
def test_output_folder(refused, path, message, command):
    refused(message, *command, "-o", path)


@pytest.mark.parametrize("command", [(*GEMM, "-o", "Y.npy"), GENERATE, ("test", "fp32")])
def test_folder_without_write_permission(refused, command, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    refused("can be written, not ", *command)


def test_existing_file_without_write_permission(refused, folder, monkeypatch):
    (folder / "Y.npy").write_text("precious")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != Path("Y.npy"))
    refused("hbfp: Output must be a file that can be written, not 'Y.npy'", *GEMM, "-o", "Y.npy")
    assert (folder / "Y.npy").read_text() == "precious"


def test_full_device(refused):
    refused(
        "hbfp: Output must be a file that can be written: /dev/full: No space left on device",
        *GEMM,
        "-o",
        "/dev/full",
    )


@pytest.mark.parametrize("command", [(*GEMM, "-o", "Y.npy"), GENERATE], ids=["gemm", "generate"])
def test_full_disk_leaves_nothing(refused, command, monkeypatch):
    def half(self, content):
        with self.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", half)
    refused("No space left on device", *command)


def test_full_disk_keeps_the_old_result(folder, hbfp, monkeypatch):
    assert hbfp(*GEMM, "-o", "Y.npy").status == 0
    old = (folder / "Y.npy").read_bytes()
    monkeypatch.setattr(os, "replace", lambda *_: _full())
    monkeypatch.setattr(Path, "replace", lambda *_: _full())
    before = snapshot(folder)
    assert hbfp(*GEMM, "-o", "Y.npy", "--rounding", "truncate").status == 2
    assert snapshot(folder) == before
    assert (folder / "Y.npy").read_bytes() == old


def _full():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_design_file_that_is_a_folder(folder, hbfp):
    (folder / "hbfp_dot_m4_n4_e10.v").mkdir()
    before = snapshot(folder)
    assert_refused(hbfp(*GENERATE), "Is a directory")
    assert snapshot(folder) == before


def test_device_stays_a_device(folder, hbfp):
    assert hbfp(*GEMM, "-o", "/dev/null").status == 0
    assert not Path("/dev/null").is_file()


def test_link_stays_a_link(folder, hbfp):
    (folder / "results").mkdir()
    (folder / "Y.npy").symlink_to("results/last.npy")
    assert hbfp(*GEMM, "-o", "Y.npy").status == 0
    assert (folder / "Y.npy").is_symlink()
    assert np.load(folder / "results" / "last.npy").shape == (5, 3)


@pytest.mark.parametrize(
    "name", ["a b", "it's", 'a"b', "a\nb.npy", os.fsdecode(b"\xff"), "é", "y" * 255]
)
@pytest.mark.parametrize("json", [False, True], ids=["text", "json"])
def test_any_name_will_do(folder, hbfp, name, json):
    ended = hbfp(*GEMM, "-o", name, *["--json"] * json)
    assert (ended.status, ended.err) == (0, "")
    assert np.load(folder / name).shape == (5, 3)
    assert len(ended.out.splitlines()) == 1 if json else all(ended.out.splitlines())


def test_missing_folders_of_designs_are_made(folder, hbfp):
    assert hbfp(*GENERATE, "-o", "a/b c/d").status == 0
    assert len(list((folder / "a" / "b c" / "d").iterdir())) == 3
