"""``hbfp report``: the page, its figures, and refused input."""

import errno
import json
import os
import sys
from pathlib import Path

import pytest

from hbfp_hw.area import PUBLIC, SynthesisError, measure
from hbfp_hw.cli import main
from hbfp_hw.density import PAPER, dot_gain, systolic_gain
from hbfp_hw.report.scope import unpipelined_unit
from tests.cli.conftest import assert_refused, snapshot
from tests.report.page import check, check_it_needs_nothing_else, check_it_shows_the_figures
from tests.report.test_page import SAMPLE


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Make a folder with a small report."""
    folder = tmp_path_factory.mktemp("report") / "out"
    assert main(["report", "-o", str(folder), "--quick", "--pyosys", sys.executable]) == 0
    return folder


@pytest.fixture(scope="module")
def data(written):
    return json.loads((written / "report.json").read_bytes())


@pytest.fixture(scope="module")
def page(written):
    return (written / "report.html").read_text()


@pytest.fixture(scope="module")
def checked(page):
    return check(page)


@pytest.mark.full
def test_the_folder_has_the_page_and_its_figures(written):
    assert [path.name for path in sorted(written.iterdir())] == ["report.html", "report.json"]


@pytest.mark.full
def test_the_page_needs_nothing_else(page, checked):
    check_it_needs_nothing_else(page, checked)


@pytest.mark.full
def test_the_page_shows_what_was_measured(page, data, checked):
    check_it_shows_the_figures(page, data, checked)


@pytest.mark.full
def test_the_sample_of_the_quick_suite_has_the_same_form(data):
    assert SAMPLE.keys() == data.keys()
    for name in ("area", "density"):
        assert SAMPLE[name][0].keys() == data[name][0].keys()


@pytest.mark.full
def test_measured_figures(data):
    """Each figure equals that of the unit measured alone."""
    baselines = {
        name: measure(config)
        for name, config in {"fp32": "fp32_mac", "bf16": "bf16_mac_bf16"}.items()
    }
    assert {row["config"] for row in data["area"]} >= {"fp32_mac", "bf16_mac_bf16"}
    for row in data["density"]:
        bits, size = row["mantissa_bits"], row["block_size"]
        transistors = measure(unpipelined_unit("mac", bits, size)).transistors
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
    study = measure(unpipelined_unit("mac", *data["plan"]["study"]))
    assert parts["mac"]["transistors"] == usual["transistors"] == study.transistors
    for row in data["area"]:
        assert sum(row["breakdown"].values()) == row["transistors"]


@pytest.mark.full
def test_a_command_of_the_page_gives_its_figure(data, folder, hbfp):
    row = data["density"][-1]
    sizes = ("--mantissa-bits", row["mantissa_bits"], "--block-size", row["block_size"])
    ended = hbfp("area", "mac", *sizes, "--pipeline", 0, "--sign-magnitude", "--json")
    (result,) = json.loads(ended.out)["results"]
    for key in ("transistors", "transistors_per_mac", "ratio_fp32", "ratio_public_bf16"):
        assert result[key] == pytest.approx(row[key])


@pytest.mark.full
def test_releases(data):
    here, other = data["releases"]
    assert here == other
    assert here["transistors"] == data["sensitivity"]["flow"][0]["transistors"]


@pytest.mark.full
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


@pytest.mark.full
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


@pytest.mark.full
def test_failing_synthesis_leaves_nothing(folder, hbfp, monkeypatch):
    def fail(*_, **__):
        raise SynthesisError("Yosys failed; see some.log")

    monkeypatch.setattr("hbfp_hw.report.data.measure_components", fail)
    before = snapshot(folder)
    ended = hbfp("report", "-o", "out", "--quick")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err == "hbfp: Yosys failed; see some.log\n"
    assert snapshot(folder) == before
