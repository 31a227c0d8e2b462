"""``hbfp explore``: studies, their files, and refused input."""

import csv
import json
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from hbfp_hw.cli import training as options_of_training
from tests.cli.conftest import assert_refused, snapshot

HBFP = Path(sys.executable).with_name("hbfp")
QUICK = ["--model", "mlp", "--width", "2", "--batch-size", "400", "--workers", "1"]
PICTURES = {
    "distances": {"distances": "Wasserstein-1", "epochs": "gradient", "sqnr": "predicted"},
    "landscape": {"lines": "filters", "planes": "second direction"},
    "sensitivity": {"sensitivity": "layer"},
}


@pytest.mark.full
def test_all(folder, hbfp):
    options = (
        "--epochs 2 --seeds 0 3 --mantissa-bits 4,6 --block-sizes 16 --every 1 --directions 2 "
        "--points 5 --grid 3 --schedule hbfp4 --samples 200 --json -o out"
    )
    ended = hbfp("explore", "all", *QUICK, *options.split())
    assert (ended.status, ended.err) == (0, "")
    result = json.loads(ended.out)
    assert [summary["study"] for summary in result["studies"]] == list(PICTURES)
    rows = {
        "distances": 3 * (4 + 6 + 6) * 2,  # epochs, operands of three layers, formats
        "landscape": 2 * (1 + 2 * 5 + 9),  # networks, points
        "sensitivity": (1 + 2 * 4) * 2,
    }
    for summary in result["studies"]:
        name, pictures = summary["study"], PICTURES[summary["study"]]
        assert summary["settings"]["seeds"] == [0, 3]
        out = folder / "out" / name
        files = {path.name for path in out.iterdir() if path.is_file()}
        assert files == {
            *("result.json", "points.csv", "settings.json", "index.html"),
            *(f"{picture}.svg" for picture in pictures),
        }
        assert json.loads((out / "result.json").read_text()) == summary
        with (out / "points.csv").open() as file:
            found = list(csv.DictReader(file))
        assert len(found) == rows[name]
        assert all(None not in row.values() for row in found)
        page = (out / "index.html").read_text()
        assert page.count("<svg") == page.count("<figcaption>") == len(pictures)
        for picture, word in pictures.items():
            drawn = (out / f"{picture}.svg").read_text()
            assert word in "".join(ElementTree.fromstring(drawn).itertext())
            assert "mathdefault" not in drawn  # plain numbers, no powers of ten
            for layer in ("0: hidden1", "1: hidden2", "2: output"):
                assert (layer in drawn) == (name != "landscape" and picture != "sqnr")


@pytest.mark.full
def test_killed_study_ends_in_the_files_of_an_unbroken_one(folder, hbfp):
    options = ["explore", "landscape", *QUICK, "--epochs", "2", "--schedule", "hbfp4"]
    options += ["--points", "401", "--directions", "2", "--grid", "3", "--samples", "50", "-o"]
    child = subprocess.Popen([HBFP, *options, "broken"], cwd=folder)
    points = folder / "broken" / "hbfp4-seed0" / "points.jsonl"
    limit = time.monotonic() + 120
    while not (points.exists() and points.stat().st_size):
        assert child.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait(timeout=60)
    assert len(points.read_bytes().splitlines()) < 1 + 2 * 401 + 9
    assert_refused(
        hbfp(*options, "broken"),
        "hbfp: Output must be a folder without a study, or --resume must be given, not 'broken'",
    )
    assert_refused(
        hbfp(*options, "broken", "--resume", "--reach", "0.25"),
        "hbfp: Folder must hold a study whose setting 'reach' is 0.25, not 0.5: 'broken'",
    )
    ended = hbfp(*options, "broken", "--resume")
    assert (ended.status, ended.err) == (0, "")
    assert hbfp(*options, "whole") == ended
    for path in (folder / "whole").rglob("*"):
        if path.is_file() and path.name not in ("checkpoint.pt", "log.jsonl"):
            other = folder / "broken" / path.relative_to(folder / "whole")
            assert other.read_bytes() == path.read_bytes(), path


@pytest.mark.full
def test_one_point_without_a_folder(folder, hbfp):
    before = snapshot(folder)
    point = ["--mantissa-bits", "4", "--block-sizes", "64", "--epochs", "1"]
    ended = hbfp("explore", "distances", *QUICK, *point)
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("mlp on digits trained in fp32, tensors after 1 epochs")
    assert lines[3].split() == ["layer", "tensor", "blocks", "of", "4/64"]
    assert len(lines) == 5 + 2 * 16 + 2
    assert snapshot(folder) == before


def test_help(hbfp):
    ended = hbfp("explore", "--help")
    assert (ended.status, ended.err) == (0, "")
    assert "examples:\n  hbfp explore distances" in ended.out
    assert all(f"  hbfp explore {name} " in ended.out for name in (*PICTURES, "all"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "hbfp explore: the following arguments are required: STUDY"),
        (["weather"], "hbfp explore: argument STUDY: invalid choice: 'weather'"),
        (
            ["distances", "--mantissa-bits", "4,x"],
            "argument --mantissa-bits: must be numbers, such as 4,6,8, not '4,x'",
        ),
        (["distances", "--mantissa-bits", "4,4"], "hbfp: Mantissa widths must be different ones"),
        (["distances", "--block-sizes", "2000"], "hbfp: Block sizes must be 1 to 1024, not 2000"),
        (["distances", "--every", "0"], "hbfp: Every must be 1 to 65536, not 0"),
        (
            ["distances", "--schedule", "fp32", "hbfp4"],
            "hbfp: Schedule must be only one for distances, not fp32 hbfp4",
        ),
        (["distances", "--epochs", "0"], "hbfp: Epochs must be 1 to 65536, not 0"),
        (
            ["distances", "--grid", "9"],
            "hbfp: --grid must be given for landscape only, not for distances",
        ),
        (
            ["landscape", "--mantissa-bits", "4"],
            "hbfp: --mantissa-bits must be given for distances or sensitivity only, not for",
        ),
        (["landscape", "--reach", "nan"], "hbfp: Reach must be above 0 and at most 100, not nan"),
        (["sensitivity", "--mantissa-bits", "5"], "hbfp: Mantissa widths must be 4, 6 or 8, not 5"),
        (["sensitivity", "--schedule", "fp32"], "hbfp: --schedule must be given for distances or"),
        (["all", "--dataset", "cifar10"], "hbfp: Data folder (--data) must be given for cifar10"),
        (
            ["all", "--dataset", "cifar10", "--data", "none"],
            "hbfp: Data folder must have the file data_batch_1 of CIFAR-10, not 'none'",
        ),
        (["all", "--resume"], "hbfp: Output folder (--output) must be given to resume from"),
        (["all", "-o", "X.npy"], "hbfp: Output folder must be a folder that can be written"),
    ],
)
def test_refused(folder, hbfp, arguments, message):
    before = snapshot(folder)
    assert_refused(hbfp("explore", *arguments), message)
    assert snapshot(folder) == before


def test_missing_packages(hbfp, monkeypatch):
    monkeypatch.setattr(
        options_of_training, "find_spec", lambda each: None if each == "scipy" else each
    )
    assert_refused(
        hbfp("explore", "distances"),
        "hbfp: scipy must be installed: pip install 'hbfp_hw[train]'",
    )


def test_divergence(folder, hbfp):
    ended = hbfp("explore", "landscape", *QUICK, "--epochs", "30", "--learning-rate", "1000")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.count("\n") == 1
    assert ended.err.startswith("hbfp: NaN or infinity in the ")
    assert ended.err.endswith("(schedule fp32, seed 0)\n")
