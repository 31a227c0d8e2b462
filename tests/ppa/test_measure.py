"""A whole measurement of a small unit, on a library of five cells."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.booster.recorded import Matrices
from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat
from hbfp_hw.helpers.processes import ToolError
from hbfp_hw.ppa import measure, netlist_job
from hbfp_hw.ppa.measure import Measured, measure_all, with_baselines
from hbfp_hw.ppa.options import CURVE, PpaOptions
from hbfp_hw.ppa.proof import Verdict
from hbfp_hw.ppa.stimulus import normal_matrices
from hbfp_hw.ppa.wrapper import wrap_unit
from hbfp_hw.rtl import PE, Accumulate, Convert, Dot
from tests.ppa.conftest import SMALL

FORMAT = HBFPFormat(2, 2, 5)
OPTIONS = PpaOptions(
    points=((0, "area"), (1, "balanced")),
    liberty=SMALL,
    operands=normal_matrices(3, rows=8, length=32, columns=8),
    workers=1,
)
UNITS = {"dot": Dot(FORMAT, pipeline=0)}


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the baselines, whose mapping takes longer than all the rest."""
    monkeypatch.setattr(measure, "with_baselines", dict)


@pytest.fixture
def measured(alone: None) -> Measured:
    return measure_all(UNITS, OPTIONS)


def cells_of(path: Path) -> Counter[str]:
    """Return the cells of a netlist by name, counted in its Verilog."""
    return Counter(re.findall(r"^ +(INV|BUF|NAND2|XOR2|DFF) ", path.read_text(), re.MULTILINE))


def test_netlists(measured: Measured) -> None:
    """Both netlists compute right results; the one with a rank is larger and faster."""
    first, second = measured.curves
    areas = dict(re.findall(r"cell\((\w+)\) \{.*?area : ([\d.]+)", SMALL.read_text(), re.DOTALL))
    for result in (first, second):
        assert (result.wrong_results, result.vectors >= 10_000) == (0, True)
        cells = cells_of(result.netlist.verilog)
        expected = sum(float(areas[name]) * count for name, count in cells.items())
        assert result.area_um2 == pytest.approx(expected)
        # Operands, results, and in the second netlist the rank.
        fixed = sum(wrap_unit(UNITS["dot"]).operands.values())
        assert cells["DFF"] >= fixed
    assert (first.stages, second.stages) == (0, 1)
    assert second.area_um2 > first.area_um2
    assert second.delay_ns < first.delay_ns


def test_choice(measured: Measured) -> None:
    """The clock is that of the fastest netlist, as there is only one configuration."""
    (small,), (fast,) = measured.results, measured.best
    assert small.clock_mhz_shared == max(each.clock_mhz for each in measured.curves)
    assert small.clock_mhz >= small.clock_mhz_shared
    assert fast.macs_per_second_per_mm2 == max(
        each.macs_per_second_per_mm2 or 0 for each in measured.curves
    )
    for result in (small, fast):
        assert result.energy is not None
        assert 0 < (result.energy_per_mac_pj_zero_delay or 0) < result.energy.total
        assert result.energy.clock > 0
        assert result.energy.inputs > 0


def test_measured_once(measured: Measured) -> None:
    again = measure_all(UNITS, OPTIONS)
    assert all(each.cached for each in again.curves)
    assert [replace(each, cached=True) for each in measured.curves] == list(again.curves)


def test_without_wires_it_is_faster(measured: Measured) -> None:
    bare = measure_all(UNITS, replace(OPTIONS, wires=False))
    for with_wires, without in zip(measured.curves, bare.curves, strict=True):
        assert without.area_um2 == with_wires.area_um2
        assert without.delay_ns < with_wires.delay_ns
    assert (bare.best[0].energy_per_mac_pj or 0) < (measured.best[0].energy_per_mac_pj or 0)


def test_energy_depends_on_the_operands(measured: Measured) -> None:
    """Operands that never change cost the clock and nothing else."""
    x, w = OPTIONS.operands
    still = replace(OPTIONS, operands=Matrices(np.ones_like(x), np.ones_like(w)))
    (result,) = measure_all(UNITS, still).best
    assert result.energy is not None
    assert result.energy.clock > 0
    assert result.energy.total == result.energy.clock


def test_every_energy(alone: None) -> None:
    found = measure_all(UNITS, replace(OPTIONS, every_energy=True))
    assert all(each.energy for each in found.curves)


def test_a_slower_clock(alone: None) -> None:
    """At a clock that both netlists reach, the smaller one counts."""
    (result,) = measure_all(UNITS, replace(OPTIONS, clock_mhz=1.0)).results
    assert (result.stages, result.clock_mhz_shared) == (0, 1.0)


def test_clock_that_is_too_fast(alone: None) -> None:
    message = r"^Shared clock must be one that dot reaches, not 1000000\.0 MHz$"
    with pytest.raises(ValueError, match=message):
        measure_all(UNITS, replace(OPTIONS, clock_mhz=1e6))


@pytest.mark.full
def test_units_of_several_kinds(alone: None) -> None:
    """A converter does no multiply-accumulates; a unit with registers gets no ranks."""
    units = {"convert": Convert(FORMAT, pipeline=0), "accumulate": Accumulate(FORMAT)}
    found = measure_all(units, replace(OPTIONS, points=((0, "area"), (1, "area"))))
    assert [(each.config, each.stages) for each in found.curves] == [
        ("convert", 0),
        ("convert", 1),
        ("accumulate", 1),
    ]
    assert all(each.wrong_results == 0 and each.vectors >= 10_000 for each in found.curves)
    assert found.results[0].macs_per_second_per_mm2 is None
    assert found.results[0].energy is not None


def test_ranks_alone_are_refused_for_a_unit_with_registers(alone: None) -> None:
    message = "^Ranks of hbfp_dot_m2_n2_e5 must be 0, as it has registers of its own, not 2$"
    with pytest.raises(ValueError, match=message):
        measure_all({"dot": Dot(FORMAT)}, replace(OPTIONS, points=((2, "area"),)))


@pytest.mark.full
def test_whole_unit_is_proven(alone: None) -> None:
    units = {"pe": PE(Variant.NATIVE, 2, 5)}
    (result,) = measure_all(units, replace(OPTIONS, points=((0, "area"),), liberty=None)).results
    assert (result.vectors, result.wrong_results, result.energy) == (0, 0, None)
    assert result.macs_per_cycle == 2


@pytest.mark.full
@pytest.mark.parametrize("verdict", [Verdict.UNDECIDED, Verdict.REFUTED])
def test_netlist_without_a_proof_has_no_figures(
    alone: None, monkeypatch: pytest.MonkeyPatch, verdict: Verdict
) -> None:
    monkeypatch.setattr(netlist_job, "prove_mapping", lambda *_, **__: verdict)
    chosen = replace(OPTIONS, points=((0, "area"),), liberty=None, cached=False)
    message = f"^Netlist of hbfp_pe_native_n2_e5_r0 must be proven equivalent, not {verdict}; see /"
    with pytest.raises(ToolError, match=message):
        measure_all({"pe": PE(Variant.NATIVE, 2, 5)}, chosen)


def test_baselines_are_added_once() -> None:
    units = with_baselines(UNITS)
    assert list(units) == ["dot", "fp32_mac", "bf16_mac"]
    assert list(with_baselines(units)) == list(units)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": ()}, "Points must be at least one pair of stages and effort"),
        ({"points": ((33, "area"),)}, "Stages must be 0 to 32, not 33"),
        ({"points": ((0, "high"),)}, "Effort must be one of area, .*, not 'high'"),
        ({"clock_mhz": 0.0}, r"Clock must be more than 0 MHz, not 0\.0"),
        ({"workers": 0}, "Workers must be 1 to 1024, not 0"),
        ({"timeout": 0.0}, r"Time limit must be more than 0 seconds, not 0\.0"),
    ],
)
def test_bad_options(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        replace(OPTIONS, **change)


def test_default_curve_has_five_points_or_more() -> None:
    assert len(set(CURVE)) >= 5
    assert {stages for stages, _ in CURVE} == {0, 1, 2, 3}


def test_netlist_files(measured: Measured) -> None:
    """The JSON is the netlist whose Verilog is beside it."""
    for result in measured.curves:
        (module,) = json.loads(result.netlist.json.read_text())["modules"].values()
        assert Counter(each["type"] for each in module["cells"].values()) == cells_of(
            result.netlist.verilog
        )
