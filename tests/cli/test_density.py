"""``hbfp density``: tables, plot and refused input."""

import errno
import json
import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.cli.conftest import assert_refused, snapshot


def test_json(folder, hbfp):
    ended = hbfp("density", "--json")
    assert (ended.status, ended.err) == (0, "")
    result = json.loads(ended.out)
    assert result["components"]["unit"] == "µm²"
    gains = {
        (row["mantissa_bits"], row["block_size"]): row["gain_fp32"] for row in result["dot_product"]
    }
    assert f"{gains[4, 64]:.2f}" == "16.15"
    headline = result["headline"]
    assert f"{headline['mixed_of_rounded_gains_fp32']:.2f}" == "16.98"
    assert f"{headline['systolic_hbfp4_b16_bf16']:.1f}" == "4.4"


def test_text(folder, hbfp):
    ended = hbfp("density")
    assert (ended.status, ended.err) == (0, "")
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    # Rows of both tables of the paper.
    assert "HBFP8 7.90 (1.63) 8.28 (1.71) 8.43 (1.74) 8.45 (1.75)" in lines
    gains = [line.split()[1::2] for line in lines if line.startswith("HBFP5")]
    assert "10.02 10.95 11.55 11.94 12.21 12.92 13.07" in map(" ".join, gains)
    assert "the paper prints 8.85; its formula and components give 8.58" in ended.out


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_plot_is_the_same_every_time(folder, hbfp, suffix):
    contents = []
    for name in ("a", "b"):
        assert hbfp("density", "--plot", f"{name}.{suffix}").status == 0
        contents.append((folder / f"{name}.{suffix}").read_bytes())
    assert contents[0] == contents[1]
    if suffix == "svg":
        root = ElementTree.fromstring(contents[0])
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert b"mathdefault" not in contents[0]  # plain numbers, no powers of ten
        text = "".join(root.itertext())
        assert all(f"HBFP{bits}" in text for bits in range(2, 9))
    else:
        assert contents[0].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--components", "ours"], "argument --components: invalid choice: 'ours'"),
        (["--plot", "d.pdf"], "hbfp: Plot must be a .svg or .png file, not 'd.pdf'"),
        (["--plot", "d"], "hbfp: Plot must be a .svg or .png file, not 'd'"),
        (["--plot", "none/d.svg"], "hbfp: Output must be in a folder that exists, not 'none'"),
    ],
)
def test_refused(folder, hbfp, arguments, message):
    before = snapshot(folder)
    assert_refused(hbfp("density", *arguments), message)
    assert snapshot(folder) == before


def test_full_disk_keeps_the_old_plot(folder, hbfp, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (folder / "d.svg").write_text("old")
    before = snapshot(folder)
    monkeypatch.setattr(Path, "replace", full)
    assert_refused(hbfp("density", "--plot", "d.svg"), "No space left on device")
    assert snapshot(folder) == before
    assert (folder / "d.svg").read_text() == "old"
