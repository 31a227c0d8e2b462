"""Figures that follow from others, and ratios to baselines, against numbers computed by hand."""

import json
from dataclasses import replace

import pytest

from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.ppa.measure import Measured
from hbfp_hw.ppa.ratios import BASELINES, Ratio, ratios, shared_clock
from hbfp_hw.ppa.record import describe, describe_all
from tests.ppa.results import BF16, FP32, UNIT
from tests.schemas import SCHEMAS, check_output, validator


def test_derived_figures():
    """64 MACs at 250 MHz on 0.05 mm² are 320 GMAC/s/mm²; at the shared 200 MHz, 256."""
    assert UNIT.clock_mhz == 250
    assert UNIT.macs_per_second_per_mm2 == pytest.approx(320e9)
    assert UNIT.macs_per_second_per_mm2_shared == pytest.approx(256e9)
    assert UNIT.energy_per_mac_pj == 2.5


def test_figures_that_do_not_exist():
    converter = replace(UNIT, macs_per_cycle=None, energy=None)
    assert converter.macs_per_second_per_mm2 is None
    assert converter.macs_per_second_per_mm2_shared is None
    assert converter.energy_per_mac_pj is None


def test_ratios():
    """At 200 MHz: 256 over 5 (FP32) and 20 (BF16) GMAC/s/mm²; at own clocks 320 over 5 and 33.3."""
    found = ratios([UNIT, FP32, *BF16])
    assert found["mac_hbfp4_n64"] == {
        "fp32": Ratio(pytest.approx(51.2), pytest.approx(40)),
        "bf16": Ratio(pytest.approx(12.8), pytest.approx(16)),
        "fp32_own_clock": Ratio(pytest.approx(64), pytest.approx(40)),
        "bf16_own_clock": Ratio(pytest.approx(9.6), pytest.approx(20)),
    }
    assert found["fp32_mac"]["fp32"] == Ratio(1, 1)
    assert found["bf16_mac"]["fp32"] == Ratio(pytest.approx(4), pytest.approx(2.5))


def test_the_order_of_results_does_not_matter():
    assert ratios([*reversed(BF16), FP32, UNIT]) == ratios([UNIT, FP32, *BF16])


def test_results_without_ratios():
    """No baseline, no multiply-accumulate, no energy."""
    assert ratios([UNIT]) == {"mac_hbfp4_n64": {}}
    assert set(ratios([UNIT, FP32])["mac_hbfp4_n64"]) == {"fp32", "fp32_own_clock"}
    assert ratios([replace(UNIT, macs_per_cycle=None), FP32]).keys() == {"fp32_mac"}
    for results in ([replace(UNIT, energy=None), FP32], [UNIT, replace(FP32, energy=None)]):
        assert ratios(results)["mac_hbfp4_n64"]["fp32"] == Ratio(pytest.approx(51.2), None)


def test_shared_clock():
    """It is the best clock of the slowest configuration, and rounding does not lose it."""
    assert shared_clock([UNIT, FP32, *BF16]) == 200
    assert shared_clock([UNIT, *BF16]) == 250
    slow = replace(UNIT, delay_ns=5.7)
    clock = 1e3 / 5.7 * (1 + 1e-12)
    assert ratios([replace(slow, clock_mhz_shared=clock)]) == {"mac_hbfp4_n64": {}}


def test_bad_clocks():
    with pytest.raises(
        ValueError, match=r"^Results of a run must share one clock, not \[150\.0, 200\.0\]$"
    ):
        ratios([UNIT, replace(FP32, clock_mhz_shared=150.0)])
    with pytest.raises(
        ValueError, match=r"^Shared clock must be one that fp32_mac reaches, not 200\.0 MHz$"
    ):
        ratios([UNIT, replace(FP32, delay_ns=6.0)])


def test_baselines_are_configurations():
    assert set(BASELINES.values()) <= set(CATALOG)


def test_json():
    """The record has the figures under the names of the schema."""
    text = json.dumps(describe_all(Measured([UNIT, FP32, *BF16], [], [])))
    check_output("ppa", text)
    run = json.loads(text)
    first = run["results"][0]
    assert (first["config"], first["clock_mhz"], first["stages"]) == ("mac_hbfp4_n64", 250, 3)
    assert first["macs_per_second_per_mm2"] == pytest.approx(320e9)
    assert first["energy_per_mac_pj"] == sum(first["energy_parts_pj"].values())
    assert first["netlist"] == {"json": "unit.json", "verilog": "unit.v"}
    assert run["ratios"]["mac_hbfp4_n64"]["bf16_own_clock"] == {
        "throughput_per_area": pytest.approx(9.6),
        "energy": pytest.approx(20),
    }
    assert "pyosys" in run["versions"]


def test_json_without_energy():
    converter = replace(UNIT, macs_per_cycle=None, energy=None, energy_per_mac_pj_zero_delay=None)
    run = json.loads(json.dumps(describe_all(Measured([converter], [], []))))
    check_output("ppa", json.dumps(run))
    assert run["results"][0]["energy_parts_pj"] is None
    assert run["ratios"] == {}


@pytest.mark.parametrize("key", SCHEMAS["ppa"]["$defs"]["result"]["required"])
def test_schema_demands_every_figure(key):
    run = json.loads(json.dumps(describe_all(Measured([UNIT], [], []))))
    assert validator("ppa").is_valid(run)
    del run["results"][0][key]
    assert not validator("ppa").is_valid(run)


def test_schema_has_the_keys_of_the_record():
    assert set(SCHEMAS["ppa"]["$defs"]["result"]["properties"]) == set(describe(UNIT))
