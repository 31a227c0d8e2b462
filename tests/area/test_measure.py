"""Measurement of units: figures per MAC, ratios, the result cache."""

import hashlib

import pytest

from hbfp_hw.area import PUBLIC, measure, measure_all
from hbfp_hw.area.library import load_library
from hbfp_hw.area.result import converter_lanes, macs_per_cycle
from hbfp_hw.area.yosys import SynthesisError
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.verilog import generate
from hbfp_hw.rtl import FP32, Accumulate, Convert, Dot, DotEngine
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.gemm import GEMM
from hbfp_hw.rtl.pe import PE
from tests.area.test_library import osu018  # noqa: F401

FORMAT = HBFPFormat(4, 3)


@pytest.mark.parametrize(
    ("unit", "macs"),
    [
        (Dot(FORMAT), 3),
        (DotEngine(FORMAT), 3),
        (PE(Variant.MIXED, 5), 5),
        (Array(Variant.MIXED, 2, 3, 5), 2 * 3 * 5),
        (GEMM(Engine(Variant.NATIVE, 4, 2, 5)), 4 * 2 * 5),
        (Convert(FORMAT), None),
        (FP32(FORMAT), None),
        (Accumulate(FORMAT), None),
    ],
    ids=lambda value: getattr(value, "unit", value),
)
def test_macs_per_cycle(unit, macs):
    assert macs_per_cycle(unit) == macs
    assert converter_lanes(unit) == (3 if unit.unit == "convert" else None)


@pytest.mark.full
def test_result(cache):
    unit = Dot(FORMAT)
    result = measure(unit)
    assert result.config == result.design == unit.design_name
    assert result.parameters == unit.parameters
    assert result.verilog_hash == hashlib.sha256(generate(unit).verilog.encode()).hexdigest()
    assert result.transistors_per_mac == result.transistors / 3
    assert result.area_per_mac == result.area / 3
    assert result.gate_equivalents == result.area / load_library().nand_area
    assert result.ratio(PUBLIC["fp32"]) == 33_818 / (result.transistors / 3)
    assert (result.transistors_per_lane, result.ratio(None), result.fpga) == (None, None, None)
    assert result.yosys.startswith("Yosys 0.70 ")
    assert result.method == "flat"


def test_result_of_a_converter_is_per_lane(cache):
    result = measure(Convert(HBFPFormat(4, 2)))
    assert result.transistors_per_lane == result.transistors / 2
    assert (result.macs_per_cycle, result.transistors_per_mac) == (None, None)
    assert result.ratio(PUBLIC["bf16"]) is None


def test_measured_once(cache, monkeypatch):
    """A second call runs neither synthesis nor generation and returns the same figures."""
    first = measure(Dot(FORMAT))
    assert not first.cached

    def fail(*_, **__):
        raise AssertionError("must not be called")

    monkeypatch.setattr("hbfp_hw.generation.design_cache.generate", fail)
    monkeypatch.setattr("hbfp_hw.area.synthesis.run_yosys", fail)
    second = measure(Dot(FORMAT))
    assert second.cached
    assert {**vars(second), "cached": False} == vars(first)


@pytest.mark.full
def test_measured_anew_on_demand(cache):
    first, second = measure(Dot(FORMAT)), measure(Dot(FORMAT), cached=False)
    assert not second.cached
    same = {"seconds": 0.0}
    assert vars(first) | same == vars(second) | same


@pytest.mark.full
def test_other_library_is_other_key(cache, osu018):  # noqa: F811
    own, other = measure(Dot(FORMAT)), measure(Dot(FORMAT), liberty=osu018)
    assert not other.cached
    assert own.transistors == other.transistors
    assert own.liberty["sha256"] != other.liberty["sha256"]
    assert other.liberty["name"] == "osu018_stdcells.lib"
    assert "NAND2X1" in other.library_cells
    # Gate equivalents differ little between libraries.
    assert 0.7 < own.gate_equivalents / other.gate_equivalents < 1.4


def test_unit_from_outside_the_package(cache):
    """The package hash does not cover the text of such a unit: generate its Verilog each time."""

    class Own(Dot):
        unit = "own"

    measure(Own(FORMAT))
    assert not list(cache.glob("*-verilog-*"))
    assert measure(Own(FORMAT)).cached


def test_package_that_was_edited_after_it_was_loaded(cache, monkeypatch):
    """The package hash is that of the edited text, not of the loaded code: keep no Verilog."""
    monkeypatch.setattr("hbfp_hw.helpers.package_hash.PackageHash.edited", lambda _: True)
    measure(Dot(FORMAT))
    assert not list(cache.glob("*-verilog-*"))


@pytest.mark.full
def test_many_at_once_in_their_order(cache):
    done = []
    units = {f"n{n}": Dot(HBFPFormat(4, n)) for n in (5, 1, 3, 2)}
    results = measure_all(units, progress=lambda: done.append(1))
    assert list(results) == list(units)
    assert [result.config for result in results.values()] == list(units)
    assert [result.macs_per_cycle for result in results.values()] == [5, 1, 3, 2]
    assert len(done) == 4


@pytest.mark.full
def test_fpga(cache):
    result = measure(Dot(FORMAT), fpga="ice40")
    assert result.fpga["family"] == "ice40"
    assert result.fpga["flops"] > 0
    assert not measure(Dot(FORMAT), fpga="ecp5").cached
    assert measure(Dot(FORMAT), fpga="ice40").cached


def test_bad_arguments(cache):
    with pytest.raises(ValueError, match=r"^Configuration must be one of .*, not 'hbfp5'$"):
        measure("hbfp5")
    with pytest.raises(ValueError, match=r"^FPGA must be ecp5 or ice40, not 'cyclone'$"):
        measure(Dot(FORMAT), fpga="cyclone")
    assert "hbfp5" not in CATALOG


def test_an_error_of_one_ends_the_others(cache, monkeypatch):
    def fail(unit):
        if unit.fmt == "bad":
            raise RuntimeError("no")
        return generate(unit)

    good, bad = Dot(HBFPFormat(4, 64)), Dot(HBFPFormat(4, 1))
    good.fmt, bad.fmt = "good", "bad"
    monkeypatch.setattr("hbfp_hw.generation.design_cache.generate", fail)
    with pytest.raises(RuntimeError, match=r"^no$"):
        measure_all({"bad": bad, "good": good})
    with pytest.raises(SynthesisError, match=r"time limit of 0.001 s; see .*\.log$"):
        measure_all({"good": good}, timeout=0.001)
