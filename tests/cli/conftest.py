"""Fixtures and checks for the tests of the command line."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from hbfp_hw.cli import main
from tests.schemas import check_output


class Ended(NamedTuple):
    """Exit code and output of a command."""

    status: int
    out: str
    err: str


Hbfp = Callable[..., Ended]


@pytest.fixture
def hbfp(capfd: pytest.CaptureFixture[str]) -> Hbfp:
    """Return a function that runs a command in this process and checks its JSON by its schema."""

    def run(*arguments: object) -> Ended:
        words = [str(argument) for argument in arguments]
        has_run = True
        try:
            status = main(words)
        except SystemExit as exit_:  # as after --help
            status, has_run = int(exit_.code or 0), False
        ended = Ended(status, *capfd.readouterr())
        if has_run and "--json" in words and ended.out:
            check_output(words[0], ended.out)
        return ended

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to a new folder with matrices X (5, 7), W (7, 3) and C (5, 3), and return it."""
    rng = np.random.default_rng(0)
    for name, shape in {"X": (5, 7), "W": (7, 3), "C": (5, 3)}.items():
        np.save(tmp_path / f"{name}.npy", rng.standard_normal(shape).astype(np.float32))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def snapshot(folder: Path) -> list[str]:
    """Return every path below a folder."""
    return sorted(map(str, folder.rglob("*")))


def assert_refused(ended: Ended, message: str) -> None:
    """Check that a command refused its input in one line on standard error."""
    assert ended.status == 2, ended
    assert ended.out == ""
    assert ended.err.count("\n") == 1, ended.err
    assert ended.err.endswith("\n")
    assert message in ended.err, ended.err
    assert "Traceback" not in ended.err


FORMAT: Sequence[str] = ("--mantissa-bits", "4", "--block-size", "4")
