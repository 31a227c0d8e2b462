"""Endless, deeply nested and linked files: refused at once in one line, or replaced."""

import dataclasses
import os

import pytest

from hbfp_hw.sim.suite import CASES
from tests.cli.conftest import FORMAT, assert_refused, snapshot

DOT = ("dot", *FORMAT)
DEEP = "[gemm]\nx = " + "[" * 100_000


@pytest.fixture
def endless(folder):
    """Folder with a named pipe without a writer: opening it would block forever."""
    os.mkfifo(folder / "pipe")
    return folder


@pytest.mark.parametrize("name", ["pipe", "/dev/zero"])
@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("gemm", "{}", "W.npy", *FORMAT), "hbfp: X must be a .npy file, not '{}'"),
        (
            ("area", *DOT, "--liberty", "{}"),
            "hbfp: Liberty file must be a file that can be read, not '{}': Not a regular file",
        ),
        (("sweep", "{}"), "hbfp: Sweep must be a file ({})"),
    ],
    ids=["gemm", "area", "sweep"],
)
def test_endless_inputs(endless, hbfp, command, message, name):
    before = snapshot(endless)
    assert_refused(hbfp(*(word.format(name) for word in command)), message.format(name))
    assert snapshot(endless) == before


def test_deeply_nested_sweep(folder, hbfp):
    (folder / "deep.toml").write_text(DEEP)
    assert_refused(hbfp("sweep", "deep.toml"), "hbfp: Sweep must be a TOML file: maximum recursion")


@pytest.fixture
def trap(folder):
    """Function that makes a link in the output folder to a file that must not change."""
    (folder / "precious").write_text("precious")
    (folder / "out").mkdir()

    def make(name):
        link = folder / "out" / name
        link.symlink_to(folder / "precious")
        return link

    yield make
    assert (folder / "precious").read_text() == "precious"


@pytest.mark.parametrize("suffix", [".v", ".json", ".vlt"])
def test_links_in_the_folder_of_a_design_are_replaced(trap, hbfp, suffix):
    link = trap("hbfp_dot_m4_n4_e10" + suffix)
    assert hbfp("generate", *DOT, "-o", "out").status == 0
    assert link.is_file()
    assert not link.is_symlink()


def test_links_in_the_folder_of_test_results_are_replaced(trap, hbfp, monkeypatch):
    short = dataclasses.replace(CASES["int8_mac_n1_p0"], count=5)
    monkeypatch.setattr("hbfp_hw.cli.commands.test.CASES", {"short": short})
    monkeypatch.setattr("hbfp_hw.sim.suite.required", lambda description: set())
    stem = "hbfp_int8_mac_n1_p0-int8_mac_tests-icarus"
    links = [trap(name) for name in ("cocotb.json", f"{stem}.log", f"{stem}.xml")]
    assert hbfp("test", "int8_mac", "--sim", "icarus", "-o", "out").status == 0
    assert not any(link.is_symlink() for link in links)


@pytest.mark.full
def test_links_in_the_folder_of_a_training_are_replaced(trap, folder, hbfp):
    (folder / "out" / "fp32-seed0").mkdir()
    links = [trap(name) for name in ("result.json", "curves.svg", "fp32-seed0/log.jsonl")]
    training = ("--dataset", "digits", "--model", "mlp", "--schedule", "fp32", "--epochs", "1")
    assert hbfp("train", *training, "--width", "1", "-o", "out").status == 0
    assert not any(link.is_symlink() for link in links)


def test_a_link_to_itself_as_output_is_replaced(folder, hbfp):
    (folder / "loop").symlink_to("loop")
    assert hbfp("gemm", "X.npy", "W.npy", *FORMAT, "-o", "loop").status == 0
    assert (folder / "loop").is_file()
