"""The core refuses bad parameters, and its packets divide the streams of the engine."""

import re

import pytest

from hbfp_hw.core.packets import beats, bus_bytes, packets
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.rtl.core import Core

ENGINE = Engine(Variant.MIXED, 2, 3, 4, depth=4, panel_tiles=2)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"bus_bits": 16}, ValueError, "Bus width must be 32 to 4096, not 16"),
        ({"bus_bits": 8192}, ValueError, "Bus width must be 32 to 4096, not 8192"),
        ({"bus_bits": 96}, ValueError, "Bus width must be a power of two, not 96"),
        ({"bus_bits": 64.0}, TypeError, "Bus width must be an integer, not 64.0"),
        ({"queue": 1}, ValueError, "Queue must be 2 to 64, not 1"),
        ({"queue": 65}, ValueError, "Queue must be 2 to 64, not 65"),
        ({"layers": 0}, ValueError, "Layers must be 1 to 1024, not 0"),
        ({"layers": 1025}, ValueError, "Layers must be 1 to 1024, not 1025"),
        ({"random_bits": 17}, ValueError, "Random bits must be 1 to 16, not 17"),
    ],
)
def test_wrong_parameters(options, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        Core(ENGINE, **options)


def test_names_carry_the_parameters():
    assert Core(ENGINE).design_name == "hbfp_core_2x3_mixed_n4_e10_d4_t2"
    other = Core(ENGINE, bus_bits=64, queue=8, layers=128)
    assert other.design_name == "hbfp_core_2x3_mixed_n4_e10_d4_t2_b64_q8_l128"
    with pytest.raises(TypeError, match=r"^Engine must be an Engine, not None$"):
        Core(None)


def test_packets_share_out_the_streams():
    """Packets hold as many items as the engine's order of streams, cut at the ends of its parts."""
    schedule = ENGINE.schedule(rows=7, length=30, columns=8)
    assert [len(chunk) for chunk in schedule.chunks] == [4, 4]
    cut = packets(schedule)
    assert cut.x == [4 * 4, 3 * 4] * 2
    assert cut.w == [3 * 4, 3 * 4, 2 * 4] * 2 * 2
    assert cut.results == [2, 2] * 3 + [2, 1] * 3
    assert sum(cut.x) == len(schedule.x_order())
    assert sum(cut.w) == len(schedule.w_order())
    assert sum(cut.results) == len(schedule.result_rows()[0])


def test_beats():
    assert (beats(96, 0), bus_bytes(96, 0)) == (1, 12)
    assert (beats(96, 64), bus_bytes(96, 64)) == (2, 8)
    assert (beats(512, 64), bus_bytes(512, 64)) == (8, 8)
    assert (beats(96, 128), bus_bytes(96, 128)) == (1, 16)
