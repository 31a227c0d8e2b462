"""``hbfp area``: figures as JSON and as tables, and refused input."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hbfp_hw.area import PUBLIC
from hbfp_hw.area.record import BASELINES
from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.catalog import CATALOG, Configuration
from hbfp_hw.generation.options import FormatOptions
from tests.cli.conftest import FORMAT, assert_refused, snapshot

HBFP = Path(sys.executable).with_name("hbfp")

KEYS = {
    *("config", "design", "parameters", "method", "transistors", "area", "gate_equivalents"),
    *("macs_per_cycle", "transistors_per_mac", "transistors_per_lane", "area_per_mac"),
    *("ratio_fp32", "ratio_bf16", "ratio_public_fp32", "ratio_public_bf16", "cells", "flops"),
    *("memory_bits", "logic_depth", "breakdown", "library_cells", "fpga", "versions"),
    *("script_hash", "liberty", "verilog_hash", "cached", "seconds", "log"),
}


CONFIGURATIONS = frozenset(CATALOG)

ENVIRONMENT = dict(os.environ)
"""Runs that use the ordinary cache."""


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """Give the tests of this file an empty cache, and small units as baselines."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HBFP_CACHE", str(folder := tmp_path_factory.mktemp("the cache")))
        for bits, config in enumerate(BASELINES.values(), 2):
            fmt = HBFPFormat(bits, 1)
            patch.setitem(CATALOG, config, Configuration("dot", FormatOptions(fmt, fmt)))
        yield folder


def area(hbfp, *arguments):
    ended = hbfp("area", *arguments, "--json")
    assert (ended.status, ended.err, ended.out.count("\n")) == (0, "", 1), ended
    return json.loads(ended.out)


def test_json(hbfp):
    given = area(hbfp, "dot", "accumulate", *FORMAT, "--pipeline", 0)
    assert set(given) == {"results", "baselines", "public", "versions", "script"}
    dot, accumulate = given["results"]
    assert set(dot) == set(accumulate) == KEYS
    assert (dot["config"], dot["macs_per_cycle"]) == ("hbfp_dot_m4_n4_e10_p0", 4)
    assert (accumulate["config"], accumulate["ratio_fp32"]) == (
        "hbfp_accumulate_m4_n4_e10_p0",
        None,
    )
    assert dot["transistors_per_mac"] == dot["transistors"] / 4
    for name, config in BASELINES.items():
        baseline = given["baselines"][name]
        assert set(baseline) == KEYS
        assert baseline["config"] == config
        per_mac = baseline["transistors"] / baseline["macs_per_cycle"]
        assert dot[f"ratio_{name}"] == per_mac / dot["transistors_per_mac"]
        assert baseline[f"ratio_{name}"] == 1
        assert dot[f"ratio_public_{name}"] == PUBLIC[name] / dot["transistors_per_mac"]
    for result in given["results"]:
        assert sum(result["breakdown"].values()) == result["transistors"]
    assert given["versions"]["pyosys"] == "0.70"
    assert 'abc -g cmos4 -script "+strash;dc2;amap,-m"' in given["script"]
    assert "\nread_verilog -sv design.v\n" in "\n" + given["script"]


@pytest.mark.full
def test_measured_once(hbfp):
    arguments = ("dot", "--mantissa-bits", 5, "--block-size", 1)
    first, second = (area(hbfp, *arguments)["results"][0] for _ in range(2))
    assert [first["cached"], second["cached"]] == [False, True]
    assert {**second, "cached": False} == first
    assert area(hbfp, *arguments, "--no-cache")["results"][0]["cached"] is False


@pytest.mark.full
def test_named_configurations_in_their_order(hbfp):
    names = ["int8_mac", "fp32_hbfp4_n64"]
    assert [result["config"] for result in area(hbfp, *names)["results"]] == names
    # A name given twice counts once.
    assert [r["config"] for r in area(hbfp, names[1], *names)["results"]] == names[::-1]


@pytest.mark.full
def test_tables(hbfp):
    ended = hbfp("area", "dot", *FORMAT, "--fpga", "ice40")
    assert (ended.status, ended.err) == (0, "")
    figures, breakdown, fpga = (table.splitlines() for table in ended.out.split("\n\n"))
    assert re.split(r"  +", figures[0])[:3] == ["configuration", "MACs per", "transistors"]
    assert [row.split()[0] for row in figures[2:]] == ["hbfp_dot_m4_n4_e10", *BASELINES.values()]
    assert breakdown[0].startswith("transistors  ")
    assert fpga[0].split() == ["ice40", "luts", "carries", "flops", "memories"]
    for table in (figures, breakdown, fpga):
        assert len({len(row) for row in table if row}) <= 2  # the right edge is straight
    (result,) = area(hbfp, "dot", *FORMAT, "--fpga", "ice40")["results"]
    assert f"{result['transistors']:,}" in figures[2]
    assert f"{result['transistors_per_mac']:,.1f}" in figures[2]
    for name in ("fp32", "bf16"):
        assert f"  {result[f'ratio_{name}']:,.2f}  " in figures[2]
        assert f"  {result[f'ratio_public_{name}']:,.2f}  " in figures[2]
    assert fpga[1].split()[1] == str(result["fpga"]["luts"])


def test_table_of_a_converter(hbfp):
    options = ("--mantissa-bits", 4, "--block-size", 2, "--rounding", "nearest")
    (result,) = area(hbfp, "convert", *options)["results"]
    head, units, row = hbfp("area", "convert", *options).out.splitlines()[:3]
    column = units.index("per lane") + len("per lane")
    assert head[:column].endswith("transistors")
    assert row[:column].split()[-1] == f"{result['transistors'] / 2:,.1f}"


@pytest.mark.full
def test_as_a_program(tmp_path):
    command = [HBFP, "area", "dot", *FORMAT, "--json"]
    ended = subprocess.run(
        command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["results"][0]["transistors"] > 0
    assert snapshot(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "hbfp area: the following arguments are required: UNIT|CONFIG"),
        (
            ["hbfp5"],
            "hbfp: Unit or configuration must be one that `hbfp units` lists, such as hbfp",
        ),
        (["dot"], "hbfp: Unit 'dot' must be given --mantissa-bits"),
        (["hbfp4_n16", "--pipeline", "1"], "hbfp: Configuration 'hbfp4_n16' must be given without"),
        (["hbfp4_n16", "--fpga", "cyclone"], "argument --fpga: invalid choice: 'cyclone'"),
        (["hbfp4_n16", "--timeout", "0"], "hbfp: Time limit must be more than 0 seconds, not 0.0"),
        (["hbfp4_n16", "--timeout", "nan"], "hbfp: Time limit must be more than 0 seconds, not"),
        (
            ["hbfp4_n16", "--liberty", "no.lib"],
            "hbfp: Liberty file must be a file that can be read, not 'no.lib': No such file",
        ),
        (["hbfp4_n16", "--liberty", "."], "hbfp: Liberty file must be a file that can be read"),
        (
            ["hbfp4_n16", "--liberty", "X.npy"],
            "hbfp: Liberty file must have an inverter, a 2-input NAND and a D flip-flop, each with",
        ),
    ],
)
def test_bad_input(hbfp, folder, arguments, message):
    before = snapshot(folder)
    assert_refused(hbfp("area", *arguments), message)
    assert snapshot(folder) == before


def test_failure_names_the_log(hbfp):
    ended = hbfp("area", "dot", *FORMAT, "--no-cache", "--timeout", "0.001")
    assert (ended.status, ended.out) == (1, "")
    match = re.fullmatch(r"hbfp: Yosys was stopped after .* 0\.001 s; see (.*\.log)\n", ended.err)
    assert match, ended.err
    assert Path(match[1]).exists()


def test_baselines_are_in_the_catalog():
    assert set(BASELINES.values()) <= CONFIGURATIONS
