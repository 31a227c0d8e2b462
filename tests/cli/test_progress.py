"""Progress is shown on a terminal, even one without a size, and nowhere else."""

import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from hbfp_hw.cli import main, progress
from hbfp_hw.cli.commands import fit as fit_command
from hbfp_hw.cli.progress import progress_bar
from hbfp_hw.place_and_route import PlaceAndRouteResult
from tests.place_and_route.test_command import FIGURES

HBFP = Path(sys.executable).with_name("hbfp")
QUICK = ("--model", "mlp", "--width", "2", "--batch-size", "400", "--epochs", "2", "--workers", "1")
NO_SIZE, USUAL = (0, 0), (24, 80)


sizes = pytest.mark.parametrize("size", [NO_SIZE, USUAL], ids=["no size", "24x80"])


@contextmanager
def terminal(size, monkeypatch):
    """Connect standard error to a terminal of some size. Return a function that reads it."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, size)

    def shown():
        text = b""
        while select.select([ours], [], [], 0.05)[0]:
            text += os.read(ours, 1 << 16)
        return text.decode()

    with os.fdopen(theirs, "w") as stderr, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stderr)
        yield shown
    os.close(ours)


@sizes
def test_bar(size, monkeypatch):
    with terminal(size, monkeypatch) as shown:
        with progress_bar("unit", 4, doing="loading") as bar:
            first = shown()
            bar.doing("placing")
            second = shown()
            bar(3, 5)
            bar.note("a line that stays")
            third = shown()
        last = shown()
    assert re.search(r"loading: +0%.* 0/4 ", first)
    assert re.search(r"placing: +0%.* 0/4 ", second)
    assert re.search(r"a line that stays\r\n\rplacing: +60%.* 3/5 ", third)
    assert re.search(r"\r +\r$", last), "the bar is gone in the end"


def test_time_goes_on_within_a_step(monkeypatch):
    monkeypatch.setattr(progress, "TICK", 0.1)
    with terminal(USUAL, monkeypatch) as shown, progress_bar("epoch", 2):
        shown()
        time.sleep(1.2)
        text = shown()
    assert " 0/2 [00:01<" in text


def test_last_step_is_shown(monkeypatch):
    """The last step is shown even if it follows the one before at once."""
    with terminal(USUAL, monkeypatch) as shown, progress_bar("epoch") as bar:
        bar(0, 2)
        bar(1, 2)
        bar(2, 2)
        text = shown()
    assert re.search(r"100%.* 2/2 ", text)


def test_nothing_elsewhere(capfd):
    with progress_bar("unit", 4, doing="loading") as bar:
        bar(3, 4)
        bar.doing("placing")
        bar.note("a line")
    assert capfd.readouterr() == ("", "")


@sizes
def test_clock_estimate_of_fit(size, monkeypatch):
    seen = []

    def place_and_route(unit, family, options, *, config, watch):
        watch("synthesis", None)
        seen.append(shown())
        watch("routing", 98.76)
        seen.append(shown())
        return PlaceAndRouteResult(
            config=config, design=unit.design_name, parameters=unit.parameters, **FIGURES
        )

    monkeypatch.setattr(fit_command, "place_and_route", place_and_route)
    with terminal(size, monkeypatch) as shown:
        assert main(["fit", "mac_hbfp4_n16", "dot_hbfp4_n64", "--family", "ecp5"]) == 0
    assert "mac_hbfp4_n16: synthesis: " in seen[0]
    assert "mac_hbfp4_n16: nextpnr estimates 98.8 MHz\r\n" in seen[1]
    assert re.search(r"dot_hbfp4_n64: synthesis: +50%.* 1/2 ", seen[2])


@pytest.mark.full
@sizes
@pytest.mark.parametrize(
    "command",
    [
        ("train", "--dataset", "digits", *QUICK),
        ("explore", "distances", "--mantissa-bits", "4", "--block-sizes", "64", *QUICK),
    ],
    ids=["train", "explore"],
)
def test_commands(command, size, tmp_path):
    """The bar appears at once, before PyTorch is loaded, and moves to the last step."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, size)
    child = subprocess.Popen([HBFP, *command], cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    parts = []
    while True:
        try:
            parts.append(os.read(ours, 1 << 16).decode(errors="replace"))
        except OSError:  # how Linux reports the end of a terminal
            break
    out, _ = child.communicate(timeout=60)
    os.close(ours)
    assert child.returncode == 0
    assert b"%|" not in out
    assert parts[0].startswith("\rloading: ")
    assert "100%|" in "".join(parts)
