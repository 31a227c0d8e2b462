"""Place and route of units: the promised clock, and figures compared with nextpnr's own."""

import json
import re
from pathlib import Path

import pytest

from hbfp_hw import HBFPFormat
from hbfp_hw.generation.verilog import describe
from hbfp_hw.place_and_route import PlaceAndRouteOptions, place_and_route
from hbfp_hw.place_and_route.report import describe as describe_fit
from hbfp_hw.rtl import Dot
from tests.schemas import check_output

PROMISED_MHZ = 250
"""Clock in docs/fpga.md of the 4-bit dot product of 16 lanes on the slowest ECP5."""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HBFP_CACHE", str(tmp_path / 'the cache\'s "own" folder'))


def port_bits(unit, direction):
    """Return the width of all ports of one direction, without the clock."""
    ports = describe(unit).ports
    return sum(port.width for port in ports if port.direction == direction and port.name != "clk")


def clocks(result):
    """Return the clocks in nextpnr's log in MHz: estimates, then that of the routed design."""
    said = re.findall(r"Max frequency for clock '.*': ([\d.]+) MHz", Path(result.log).read_text())
    assert len(said) >= 2
    return [float(clock) for clock in said]


def check_figures(result, unit):
    """Check figures of any family against the unit's ports and nextpnr's log."""
    assert result.wrapper["flops"] == port_bits(unit, "in") + 2 * port_bits(unit, "out")
    # The first bit of the output shift register has no predecessor, so it needs no XOR.
    assert result.wrapper["luts"] == port_bits(unit, "out") - 1
    assert result.unit["block_rams"] == result.unit["multiplier_blocks"] == 0
    assert clocks(result)[-1] == round(result.fmax_mhz, 2)
    assert 1000 / result.slowest_path["nanoseconds"] == pytest.approx(result.fmax_mhz, rel=1e-4)
    described = {"results": [describe_fit(result)], "met": True}
    check_output("fit", json.dumps(described))
    assert result.macs_per_second == unit.a.block_size * result.fmax_mhz * 1e6


@pytest.mark.full
def test_promised_clock_of_the_dot_product():
    unit = Dot(HBFPFormat(4, 16), pipeline=15, free_running=True)
    steps = []
    result = place_and_route(unit, "ecp5", watch=lambda *step: steps.append(step))
    assert (result.device, result.speed, result.seed, result.cached) == ("25k", 6, 1, False)
    assert steps[:2] == [("synthesis", None), ("placing", None)]
    assert steps[2] == ("routing", clocks(result)[0])
    assert result.fmax_mhz >= PROMISED_MHZ
    assert result.limited_by == "unit"
    check_figures(result, unit)
    flops = result.unit["flops"] + result.wrapper["flops"]
    assert result.device_use["TRELLIS_FF"]["used"] == flops
    assert result.unit["table_rams"] == result.device_use["TRELLIS_RAMW"]["used"] == 12
    again = place_and_route(unit, "ecp5", watch=lambda *step: steps.append(step))
    assert [clock for _, clock in steps[2:]] == clocks(result)[: len(steps) - 2]
    assert again.cached
    assert again.fmax_mhz == result.fmax_mhz


def test_ice40():
    unit = Dot(HBFPFormat(3, 2))
    options = PlaceAndRouteOptions(device="hx1k", seed=2, goal_mhz=50)
    result = place_and_route(unit, "ice40", options)
    assert (result.package, result.speed, result.goal_mhz) == ("tq144", None, 50)
    check_figures(result, unit)
    assert result.unit["flops"] == describe(unit).streams["o"].payload_bits + 1
    cells = result.device_use["ICESTORM_LC"]
    assert cells["available"] == 1280
    assert result.unit["flops"] + result.wrapper["flops"] < cells["used"] < 200
