"""Cycle model by itself: formula, utilisation, counts, short cuts and error messages."""

import numpy as np
import pytest

from hbfp_hw.cycles import TimingOptions, dot_engine_cycles, simulate_timing
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.format import HBFPFormat
from hbfp_hw.rtl import DotEngine
from hbfp_hw.rtl.gemm import GEMM

SHAPES = [(4, 4, 64), (8, 8, 16), (16, 16, 16)]


def _timing(engine, rows, length, columns, *, wide_x=False, wide_w=False, accumulate=False, **how):
    return simulate_timing(
        engine.schedule(rows, length, columns),
        wide_x=wide_x,
        wide_w=wide_w,
        accumulate=accumulate,
        options=TimingOptions(**how),
    )


def formula(engine, rows, length, columns, passes):
    """Return the cycles if all loads hide behind work, see docs/cycles.md."""
    blocks = -(-length // engine.block_size)
    panel = min(rows, engine.rows * engine.panel_tiles)
    fill = max(panel, min(columns, engine.columns)) * blocks
    tiles = -(-rows // engine.rows) * -(-columns // engine.columns)
    last_rows = (rows - 1) % engine.rows + 1
    interval = max(blocks * passes, engine.rows)
    # If loading a column tile takes exactly as long as using it, every other one is a cycle late.
    loads = -(-rows // (engine.rows * engine.panel_tiles)) * -(-columns // engine.columns)
    late = (loads - 1) // 2 if engine.columns * blocks == engine.panel_tiles * interval else 0
    return fill + tiles * interval + late + engine.columns + last_rows + 7


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("variant", [Variant.MIXED, Variant.NATIVE])
@pytest.mark.parametrize("shape", SHAPES)
def test_formula(shape, variant, wide):
    engine = Engine(variant, *shape)
    rng = np.random.default_rng(shape)
    passes = 4 if wide and variant is Variant.MIXED else 1
    for _ in range(30):
        # Full panels, and enough columns to hide the load of the next panel.
        panels = int(rng.integers(1, 4))
        rows = panels * engine.rows * engine.panel_tiles
        columns = int(rng.integers(4 * engine.rows, 6 * engine.rows)) * engine.columns
        length = int(rng.integers(1, engine.depth + 1)) * engine.block_size
        report = _timing(engine, rows, length, columns, wide_x=wide, wide_w=wide)
        assert report.cycles == formula(engine, rows, length, columns, passes)


@pytest.mark.parametrize("accumulate", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_array_is_busy_in_the_steady_state(shape, accumulate):
    engine = Engine(Variant.MIXED, *shape)
    size = engine.rows * engine.columns * 2
    for blocks in (engine.rows, engine.rows + 1, 2 * engine.rows, engine.depth, 97):
        report = _timing(engine, size, blocks * engine.block_size, size, accumulate=accumulate)
        assert report.steady_utilisation >= 0.95, blocks


@pytest.mark.parametrize("accumulate", [False, True])
def test_tracing_and_stalls_that_never_come_change_nothing(accumulate):
    engine = Engine(Variant.MIXED, 3, 4, 8, depth=4)
    rng = np.random.default_rng(1)
    silent = {"o": np.array([False, False])}
    for _ in range(50):
        sizes = [int(size) for size in rng.integers(1, 100, 3)]
        plain = _timing(engine, *sizes, accumulate=accumulate)
        traced = _timing(engine, *sizes, accumulate=accumulate, stalls=silent, trace=True)
        assert plain.as_dict() == traced.as_dict()


def test_counts_of_work_and_traffic():
    engine = Engine(Variant.MIXED, 2, 3, 4, depth=4, panel_tiles=2)
    report = _timing(engine, 7, 21, 8, wide_x=True)
    blocks = 6
    busy = np.zeros((2, 3), int)
    for row in range(7):
        for column in range(8):
            busy[row % 2, column % 3] += 2 * blocks
    assert np.array_equal(report.busy, busy)
    assert report.traffic == {
        "x_written": 7 * blocks,
        "x_read": 3 * 7 * 2 * blocks,
        "w_written": 2 * 8 * blocks,
        "w_read": 4 * 8 * 2 * blocks,
        "start_value_rows": 3 * 7,
        "result_rows": 2 * 3 * 7,
    }
    assert report.utilisation == busy.mean() / report.cycles


def test_parts_of_the_cycles():
    engine = Engine(Variant.MIXED, 2, 2, 4)
    plain = _timing(engine, 8, 32, 8)
    assert plain.compute == 16 * 8
    assert plain.stalled == 0
    slow = {"i_x": np.array([False, True, True, True])}
    stalled = _timing(engine, 8, 32, 8, stalls=slow)
    assert stalled.stalled > 0
    assert stalled.compute == plain.compute
    late = {"o": np.arange(50) > 0}
    assert _timing(engine, 8, 32, 8, stalls=late).stalled > 0


def test_dot_engine_latency_is_that_of_the_unit():
    unit = DotEngine(HBFPFormat(4, 16))
    assert dot_engine_cycles(2, 3, 5) == 30 + unit.latency


def test_latency_is_that_of_the_engine():
    engine = Engine(Variant.MIXED, 3, 5, 4)
    report = _timing(engine, 3, 4, 5)
    # Count back from the status over the latency to the only step, the last cycle of the tile.
    step = report.cycles - 2 - GEMM(engine).latency
    assert step == max(3, 5) + 3 + (engine.rows - 1)


def test_unknown_streams_are_refused():
    engine = Engine(Variant.MIXED, 2, 2, 4)
    message = r"^Stalls must be of i_descriptor, i_x, i_w, i_c, o, o_status, not \['a'\]$"
    with pytest.raises(ValueError, match=message):
        _timing(engine, 1, 1, 1, stalls={"a": np.zeros(1, bool)})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"packet_return": 0}, "Packet return must be 1 to 2147483647, not 0"),
        (
            {"packet_return": 1, "stalls": {"o": np.zeros(1, bool)}},
            "Stalls must be left out where packets return",
        ),
    ],
)
def test_returns_that_are_refused(given, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        _timing(Engine(Variant.MIXED, 2, 2, 4), 1, 1, 1, **given)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0, 1, 1), "Rows of the product must be 1 to 65535, not 0"),
        ((1, 0, 1), "Length of the product must be 1 to 262140, not 0"),
        ((1, 1, 65536), "Columns of the product must be 1 to 65535, not 65536"),
    ],
)
def test_sizes_beyond_the_counters_are_refused(sizes, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Engine(Variant.MIXED, 2, 2, 4).schedule(*sizes)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"variant": "mixed"}, TypeError, "Variant must be a Variant, not 'mixed'"),
        ({"variant": Variant.NARROW}, ValueError, "Variant must be mixed or native, not 'narrow'"),
        ({"rows": 0}, ValueError, "Rows must be 1 to 64, not 0"),
        ({"columns": 65}, ValueError, "Columns must be 1 to 64, not 65"),
        ({"block_size": 0}, ValueError, "Block size must be 1 to 1024, not 0"),
        ({"exponent_bits": 12}, ValueError, "Exponent width must be 5 to 11, not 12"),
        ({"depth": 1}, ValueError, "Depth must be 2 to 4096, not 1"),
        ({"depth": 12}, ValueError, "Depth must be a power of two, not 12"),
        ({"panel_tiles": 3}, ValueError, "Panel tiles must be a power of two, not 3"),
        ({"panel_tiles": 512}, ValueError, "Panel tiles must be 1 to 256, not 512"),
    ],
)
def test_engine_sizes_are_checked(change, error, message):
    sizes = {"variant": Variant.MIXED, "rows": 2, "columns": 2, "block_size": 4} | change
    with pytest.raises(error, match=f"^{message}$"):
        Engine(**sizes)
