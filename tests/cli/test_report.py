"""``hbfp report``: the page, its figures, and what is refused."""

import errno
import json
import os
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hbfp_hw.area import PUBLIC, SynthesisError, measure
from hbfp_hw.cli import main
from hbfp_hw.density import PAPER, dot_gain, systolic_gain
from hbfp_hw.report.plan import make_core
from tests.cli.conftest import assert_refused, snapshot

VOID = {"meta"}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder with a small report."""
    folder = tmp_path_factory.mktemp("report") / "out"
    assert main(["report", "-o", str(folder), "--quick", "--pyosys", sys.executable]) == 0
    return folder


@pytest.fixture(scope="module")
def data(written):
    return json.loads((written / "report.json").read_bytes())


@pytest.fixture(scope="module")
def page(written):
    return (written / "report.html").read_text()


class Checker(HTMLParser):
    """Collects the tags, texts and attributes of a page, and checks that tags are closed."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.cells = [], set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open and self.open[-1] == "td":
            self.cells.append(text)


@pytest.fixture(scope="module")
def checked(page):
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    return checker


@pytest.mark.full
def test_the_folder_has_the_page_and_its_figures(written):
    assert [path.name for path in sorted(written.iterdir())] == ["report.html", "report.json"]


def test_the_page_needs_nothing_else(page, checked):
    assert "mathdefault" not in page  # plots have plain numbers, no powers of ten
    assert page.startswith("<!DOCTYPE html>")
    assert not checked.tags & {"script", "link", "img", "iframe", "object"}
    links = [value for name, value in checked.attributes if name in ("href", "xlink:href", "src")]
    assert links
    assert all(link.startswith("#") for link in links)
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", page))
    assert "@import" not in page
    ids = [value for name, value in checked.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links} <= set(ids)


def test_the_page_shows_what_was_measured(page, data, checked):
    assert "What these numbers are not" in page
    for row in data["area"]:
        assert row["config"] in checked.cells
        assert f"{row['transistors']:,}" in checked.cells
    for row in data["density"]:
        gains = f"{row['ratio_fp32']:.2f} ({row['ratio_bf16']:.2f})"
        assert gains in checked.cells
    for study in ("flow", "lanes", "parts"):
        for row in data["sensitivity"][study]:
            assert f"{row['transistors']:,}" in checked.cells
    assert page.count("To get these figures again: <code>hbfp ") == 5
    assert page.count("<svg") == 7


@pytest.mark.full
def test_measured_figures(data):
    """Each figure again, from units that are measured one by one."""
    baselines = {
        name: measure(config)
        for name, config in {"fp32": "fp32_mac", "bf16": "bf16_mac_bf16"}.items()
    }
    assert {row["config"] for row in data["area"]} >= {"fp32_mac", "bf16_mac_bf16"}
    for row in data["density"]:
        bits, size = row["mantissa_bits"], row["block_size"]
        transistors = measure(make_core("mac", bits, size)).transistors
        assert row["transistors"] == transistors
        assert row["transistors_per_mac"] == transistors / size
        for name, baseline in baselines.items():
            ratio = row[f"ratio_{name}"]
            assert ratio == pytest.approx(baseline.transistors * size / transistors)
            assert row[f"ratio_public_{name}"] == pytest.approx(PUBLIC[name] * size / transistors)
            over = name.upper()
            assert row[f"model_paper_dot_{name}"] == dot_gain(PAPER, bits, size, over=over)
            assert row[f"model_paper_systolic_{name}"] == systolic_gain(
                PAPER, bits, size, over=over
            )
    parts = {row["variant"]: row for row in data["sensitivity"]["parts"]}
    usual = data["sensitivity"]["flow"][0]
    study = measure(make_core("mac", *data["plan"]["study"]))
    assert parts["mac"]["transistors"] == usual["transistors"] == study.transistors
    for row in data["area"]:
        assert sum(row["breakdown"].values()) == row["transistors"]


def test_a_command_of_the_page_gives_its_figure(data, folder, hbfp):
    row = data["density"][-1]
    sizes = ("--mantissa-bits", row["mantissa_bits"], "--block-size", row["block_size"])
    ended = hbfp("area", "mac", *sizes, "--pipeline", 0, "--sign-magnitude", "--json")
    (result,) = json.loads(ended.out)["results"]
    for key in ("transistors", "transistors_per_mac", "ratio_fp32", "ratio_public_bf16"):
        assert result[key] == pytest.approx(row[key])


def test_releases(data):
    here, other = data["releases"]
    assert here == other
    assert here["transistors"] == data["sensitivity"]["flow"][0]["transistors"]


def test_the_same_report_every_time(written, folder, hbfp):
    given = ("--quick", "--pyosys", sys.executable)
    ended = hbfp("report", "-o", "again", *given, "--json")
    assert (ended.status, ended.err) == (0, "")
    result = json.loads(ended.out)
    assert result["files"] == ["again/report.json", "again/report.html"]
    for name in ("report.html", "report.json"):
        assert (folder / "again" / name).read_bytes() == (written / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: -o/--output"),
        (["-o", "X.npy"], "Output folder must be a folder that can be written, not 'X.npy'"),
        (
            ["-o", "out", "--pyosys", "none/python"],
            "hbfp: Python must be an interpreter with pyosys, not 'none/python'",
        ),
        (
            ["-o", "out", "--pyosys", "X.npy"],
            "hbfp: Python must be an interpreter with pyosys, not 'X.npy'",
        ),
    ],
)
def test_refused(folder, hbfp, arguments, message):
    before = snapshot(folder)
    assert_refused(hbfp("report", "--quick", *arguments), message)
    assert snapshot(folder) == before


def test_full_disk_keeps_the_old_report(written, folder, hbfp, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (folder / "out").mkdir()
    for name in ("report.html", "report.json"):
        (folder / "out" / name).write_text("old")
    before = snapshot(folder)
    write_bytes = Path.write_bytes
    monkeypatch.setattr(
        Path,
        "write_bytes",
        lambda self, content: full() if self.suffix == ".html" else write_bytes(self, content),
    )
    assert_refused(hbfp("report", "-o", "out", "--quick"), "No space left on device")
    assert snapshot(folder) == before
    assert {path.read_text() for path in (folder / "out").iterdir()} == {"old"}


def test_failing_synthesis_leaves_nothing(folder, hbfp, monkeypatch):
    def fail(*_, **__):
        raise SynthesisError("Yosys failed; see some.log")

    monkeypatch.setattr("hbfp_hw.report.data.measure_components", fail)
    before = snapshot(folder)
    ended = hbfp("report", "-o", "out", "--quick")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err == "hbfp: Yosys failed; see some.log\n"
    assert snapshot(folder) == before
