"""Traffic of the test benches: the cases that it covers, and its unknown bits."""

import numpy as np
import pytest

from hbfp_hw.engine import Variant
from hbfp_hw.fusesoc.channels import numbers, packed
from hbfp_hw.fusesoc.traffic import traffic_of
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.options import MixedOptions
from hbfp_hw.generation.payload import unpack
from hbfp_hw.generation.registry import make_unit
from hbfp_hw.generation.verilog import describe
from hbfp_hw.rtl.fields import Field
from tests.powerup.designs import OPTIONS


def described(unit):
    return describe(make_unit(unit, OPTIONS[unit]))


def channels_of(description):
    return {channel.name: channel for channel in traffic_of(description).channels}


def test_masked_elements_are_unknown():
    fields = [
        Field(name="a", offset=0, width=4, count=2, signed=False),
        Field(name="b", offset=8, width=3, count=1, signed=True),
    ]
    values = {"a": np.ma.array([[1, 2]], mask=[[False, True]]), "b": np.array([-1])}
    words, unknown = packed(fields, values)
    assert (numbers(words), numbers(unknown)) == ([0x721], [0x0F0])


@pytest.mark.parametrize("config", CATALOG)
def test_every_configuration(config):
    """Payloads fit their ports, results have no unknown bits, and traffic is reproducible."""
    description = describe(CATALOG[config]())
    traffic = traffic_of(description)
    again = traffic_of(description)
    widths = {port.name: port.width for port in description.ports}
    used = set()
    for channel, other in zip(traffic.channels, again.channels, strict=True):
        assert np.array_equal(channel.values, other.values)
        assert channel.values.shape == channel.unknown.shape
        assert all(value < 1 << channel.width for value in numbers(channel.values))
        assert all(widths[port] == width for port, width in channel.ports)
        used |= {port for port, _ in channel.ports}
        assert channel.count > 0 or channel.name == "i_c"
        if channel.output:
            assert not channel.unknown.any()
    payloads = {p for p in widths if p.endswith(("payload", "tdata", "tkeep", "tlast"))}
    assert payloads <= used


def test_markers():
    """Start values are unknown where a block does not start a sum."""
    description = described("accumulate")
    marker = channels_of(description)["i_marker"]
    fields = description.streams["i_marker"].fields
    first = unpack(fields, marker.values)["first"]
    hidden = unpack(fields, marker.unknown)
    assert np.array_equal(hidden["c"] != 0, first == 0)
    assert not hidden["first"].any()
    assert not hidden["last"].any()
    assert {0, 1} == set(first.tolist())


def test_array():
    """Only one bit of an array's inputs is always known: the one that completes a block."""
    channels = channels_of(described("array"))
    assert [name for name, channel in channels.items() if channel.output] == ["y__0", "y__1"]
    operand = channels["a__0"]
    width = operand.width
    idle = sum(unknown == ((1 << width) - 1) & ~operand.low for unknown in numbers(operand.unknown))
    assert idle > 2
    assert operand.low.bit_count() == 1
    assert channels["b__0"].low == channels["c__0"].low == 0
    assert channels["c__0"].unknown.any()
    assert not channels["y__0"].unknown.any()


def test_products():
    """The products cover edge tiles, several chunks of K, and a bad descriptor."""
    description = described("gemm")
    channels = channels_of(description)
    streams = description.streams
    descriptors = unpack(streams["i_descriptor"].fields, channels["i_descriptor"].values)
    errors = unpack(streams["o_status"].fields, channels["o_status"].values)["error"]
    assert errors.tolist() == [0, 1, 0, 0, 0]
    good = errors == 0
    assert (descriptors["blocks"][good] > descriptors["chunk"][good]).any()
    assert (descriptors["lanes"][good] < 2).any()
    assert (descriptors["rows"][good] % 2).any()
    assert (descriptors["columns"][good] % 2).any()
    for name in ("i_x", "i_w", "i_c"):
        hidden = unpack(streams[name].fields, channels[name].unknown)["values"]
        assert set(np.unique(hidden & 0xFFFFFFFF).tolist()) == {0, 0xFFFFFFFF}


def test_beats_of_the_core():
    """Padding bytes are unknown and their ``tkeep`` is 0; padding of Y is not compared."""
    traffic = traffic_of(described("core"))
    channels = {channel.name: channel for channel in traffic.channels}
    for name, channel in channels.items():
        size = channel.ports[1][1]
        for value, unknown in zip(numbers(channel.values), numbers(channel.unknown), strict=True):
            kept = value >> 8 * size & ((1 << size) - 1)
            for byte in range(size):
                assert bool(unknown >> 8 * byte & 255) == (not kept >> byte & 1), name
    kinds = [access.kind for access in traffic.accesses]
    assert set(kinds) == {"write", "read", "wait", "interrupt"}
    assert {access.value for access in traffic.accesses if access.kind == "interrupt"} == {0, 1}


def test_wide_arrays_have_padding_in_their_results():
    options = MixedOptions(Variant.NATIVE, 3, rows=1, columns=3, bus_bits=64)
    wide = describe(make_unit("core", options))
    y = channels_of(wide)["m_axis_y"]
    assert y.unknown.any()
    assert not y.unknown.all()
