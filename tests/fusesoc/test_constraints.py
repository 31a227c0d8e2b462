"""Timing constraints: each lists every port once, with the right clock."""

import re

import pytest

from hbfp_hw.fusesoc.constraints import constraints
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.verilog import describe


@pytest.mark.parametrize(
    ("config", "clock", "port"),
    [
        ("dot_hbfp4_n64", "clk", "clk"),
        ("core_8x8_mixed_n16", "aclk", "aclk"),
        ("mac_hbfp4_n16", "virtual", None),
    ],
)
def test_ports_and_clock(config, clock, port):
    description = describe(CATALOG[config]())
    head, created, *delays = constraints(description, 80.0).splitlines()
    assert head == f"# {description.name} at 80 MHz; times in ns."
    where = "" if port is None else f" [get_ports {{{port}}}]"
    assert created == f"create_clock -name {clock} -period 12.500{where}"
    found = []
    for line in delays:
        match = re.fullmatch(
            rf"set_(in|out)put_delay -(max|min) ([\d.]+) -clock {clock} \[get_ports {{(.*)}}\]",
            line,
        )
        found.append((match[1], match[2], match[3]))
        assert match[4].split() == [
            each.name + "[*]" * (each.width > 1)
            for each in description.ports
            if each.direction == match[1] and each.name != port
        ]
    assert found == [
        (direction, limit, delay)
        for direction in ("in", "out")
        for limit, delay in (("max", "3.750"), ("min", "0.000"))
    ]
