"""Figures of pages that follow from other figures or that take seconds to measure."""

import json
import re

import pytest

from hbfp_hw.area import measure
from hbfp_hw.cli import main
from tests.docs.pages import ROOT


def rows(page, columns):
    """Yield the rows of a page's tables with this number of columns, without emphasis."""
    for line in (ROOT / page).read_text().splitlines():
        cells = [cell.strip(" *") for cell in line.strip()[1:-1].split("|")]
        if line.lstrip().startswith("|") and len(cells) == columns:
            yield cells


def number(cell):
    return float(cell.replace(",", ""))


def baselines():
    """Return the transistors of our FP32 and BF16 units, then of the best public ones."""
    text = (ROOT / "docs/area.md").read_text()
    (ours,) = re.findall(r"`fp32_mac`, ([\d,]+); `bf16_mac_bf16`, ([\d,]+)\)", text)
    (public,) = re.findall(r"\(([\d,]+) and ([\d,]+)\)", text)
    return [number(cell) for cell in (*ours, *public)]


def test_ratios_of_the_area_page():
    found = 0
    for name, transistors, per_mac, *ratios in rows("docs/area.md", 7):
        if not name.startswith("`"):
            continue
        size = re.search(r"(\d+)x(\d+)", name)
        lanes = int(re.search(r"_n(\d+)`", name)[1])
        macs = lanes * (int(size[1]) * int(size[2]) if size else 1)
        measured = number(transistors) / macs
        assert f"{measured:,.1f}" == per_mac, name
        assert [f"{each / measured:.1f}" for each in baselines()] == ratios, name
        found += 1
    assert found == 8


def test_area_of_the_readme_is_that_of_the_area_page():
    per_mac = {
        re.match(r"`(\w+)`", cells[0])[1]: number(cells[1])
        / (64 if "8x8" in cells[0] else 1)
        / int(re.search(r"_n(\d+)", cells[0])[1])
        for cells in rows("docs/area.md", 7)
        if cells[0].startswith("`")
    }
    order = ("mac_hbfp4_n64", "mac_hbfp4_n16", "mac_hbfp6_n64", "mac_hbfp8_n64", "pe_mixed_n64")
    expected = [per_mac[name] for name in (*order, "gemm_8x8_mixed_n64")]
    shown = [cells for cells in rows("README.md", 7) if "HBFP" in cells[0] or "mode" in cells[0]]
    for cells, measured in zip(shown[: len(expected)], expected, strict=True):
        ratios = [f"{each / measured:.1f}" for each in baselines()]
        assert cells[2:] == [f"{measured:,.0f}", *ratios], cells


@pytest.mark.full
@pytest.mark.parametrize("name", ["fp32_mac", "bf16_mac", "bf16_mac_bf16", "int8_mac"])
def test_area_of_the_baselines(name):
    measured = measure(name).transistors
    shown = [cells for cells in rows("docs/baselines.md", 5) if cells[0].startswith(f"`{name}`")]
    assert [number(cells[1]) for cells in shown] == [measured]


def test_ratios_of_the_baselines_page():
    found = 0
    for name, transistors, per_mac, public, change in rows("docs/baselines.md", 5):
        if not name.startswith("`"):
            continue
        lanes = int((re.search(r"_n(\d+)`", name) or [0, 1])[1])
        assert f"{number(transistors) / lanes:,.0f}" == per_mac, name
        if public:
            share = number(transistors) / number(public) - 1
            assert f"{-share:.0%}".replace("%", " %") == change[1:], name
        found += 1
    assert found == 8


@pytest.mark.full
def test_registers_and_codes_of_a_mac_cost_what_the_guide_says(capfd):
    """Each command costs what its row says, and the named configuration what the last row says."""
    commands = [
        (re.search(r"`(?:hbfp )?([^`]*)`", cells[0])[1], cells[1])
        for cells in rows("docs/guide_area.md", 2)
        if "mac" in cells[0] or "--pipeline" in cells[0]
    ]
    assert len(commands) == 3
    first = commands[0][0].split()
    flops = []
    for command, shown in [*commands, ("area mac_hbfp4_n16", commands[-1][1])]:
        words = command.split() if command.startswith("area") else first + command.split()
        assert main([*words, "--json"]) == 0
        (result,) = json.loads(capfd.readouterr().out)["results"]
        assert abs(result["transistors_per_mac"] - float(shown)) <= 0.05, words
        flops.append(result["flops"])
    assert flops == [33, 0, 0, 0]
