"""Cycle model against RTL: the same bits and cycles under the same stalls."""

from dataclasses import asdict

import numpy as np
import pytest

from hbfp_hw.cycles import TimingOptions, simulate
from hbfp_hw.cycles.options import STREAMS
from hbfp_hw.engine import Engine, Schedule, Variant
from hbfp_hw.format import Rounding
from hbfp_hw.golden import gemm
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.simulate import SIMULATORS, RunOptions, gemm_on_array

ENGINES = {
    "2x3": Engine(Variant.MIXED, 2, 3, 4, depth=4),
    "4x4": Engine(Variant.MIXED, 4, 4, 16, depth=8, panel_tiles=4),
    "3x2 native": Engine(Variant.NATIVE, 3, 2, 5, depth=16, panel_tiles=2),
    "5x1": Engine(Variant.MIXED, 5, 1, 8, exponent_bits=5, depth=2, panel_tiles=1),
}
PRODUCTS = 80
"""Number of random products on each engine."""


def _sizes(rng):
    """Draw three sizes of 1 to 150, uniform in their logarithm."""
    return tuple(int(150 ** rng.random()) for _ in range(3))


def _matrices(rng, rows, length, columns):
    """Draw operands with exponents in a small or large range, some at the ends of FP32's."""
    spread, offset = int(rng.choice([1, 6, 20])), int(rng.choice([0, 0, -60, 60]))

    def draw(*shape):
        powers = offset + rng.integers(-spread, spread + 1, shape)
        return np.ldexp(rng.standard_normal(shape), powers).astype(np.float32)

    x, w, c = draw(rows, length), draw(length, columns), draw(rows, columns)
    if rng.random() < 0.2:
        x[rng.integers(rows), rng.integers(length)] = rng.choice([np.inf, np.nan])
    return x, w, c if rng.random() < 0.5 else None


def _stalls(rng, number):
    """Return no stalls for every other product, else patterns of random rates."""
    if number % 2:
        return None
    rates = {name: rng.choice([0.0, 0.1, 0.5, 0.9]) for name in STREAMS}
    period = int(rng.integers(5, 200))
    patterns = {name: rng.random(period) < rate for name, rate in rates.items()}
    for pattern in patterns.values():
        pattern[0] = False
    return patterns


def check(engine, operands, *, wide_x, wide_w, conversion=Conversion(), stalls=None):
    """Check that golden model, cycle model and RTL agree; return the report of the cycle model."""
    golden = gemm(
        *operands, fmt_x=engine.format(wide_x), fmt_w=engine.format(wide_w), **asdict(conversion)
    ).view(np.uint32)
    given = {"engine": engine, "wide_x": wide_x, "wide_w": wide_w, "conversion": conversion}
    y, report = simulate(*operands, **given, options=TimingOptions(stalls))
    assert np.array_equal(y.view(np.uint32), golden)
    y, run = gemm_on_array(*operands, **given, options=RunOptions(stalls=stalls))
    assert np.array_equal(y.view(np.uint32), golden)
    assert report.cycles == run.cycles
    assert report.load + report.compute + report.drain + report.stalled == report.cycles
    return report


@pytest.mark.full(but=["2x3-1"])
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("name", ENGINES)
def test_random_products(name, part):
    engine = ENGINES[name]
    rng = np.random.default_rng([*name.encode(), part])
    seen = set()
    for number in range(PRODUCTS // 4):
        rows, length, columns = _sizes(rng)
        wide_x, wide_w = bool(number & 2), bool(number & 4)
        rounding = Rounding(number % len(Rounding))
        stalls = _stalls(rng, number)
        seen |= {("widths", wide_x, wide_w), rounding.name, ("stalls", stalls is not None)}
        check(
            engine,
            _matrices(rng, rows, length, columns),
            wide_x=wide_x,
            wide_w=wide_w,
            conversion=Conversion(rounding, int(rng.integers(1 << 32))),
            stalls=stalls,
        )
    assert len(seen) == 4 + len(Rounding) + 2


@pytest.mark.full
@pytest.mark.parametrize("length", [33, 40, 65, 100])
def test_a_short_last_chunk(length, monkeypatch):
    """Short tiles follow long ones: their results must not collide on the column buses.

    The drivers' schedule makes chunks of nearly equal size, but a descriptor need not.
    """
    longest = property(lambda schedule: min(schedule.engine.depth, schedule.blocks))
    monkeypatch.setattr(Schedule, "chunk", longest)
    engine = Engine(Variant.MIXED, 4, 1, 4, depth=8)
    rng = np.random.default_rng(length)
    for columns in (1, 5):
        check(engine, _matrices(rng, 11, length, columns), wide_x=False, wide_w=False)


@pytest.mark.full
@pytest.mark.parametrize("sizes", [(1, 1, 1), (1, 40, 1), (40, 1, 1), (1, 1, 40), (9, 37, 5)])
def test_smallest_products(sizes):
    rng = np.random.default_rng(sizes)
    x, w, c = _matrices(rng, *sizes)
    for engine in ENGINES.values():
        check(engine, (x, w, c), wide_x=False, wide_w=True)


@pytest.mark.full
def test_icarus_takes_the_same_cycles():
    engine = ENGINES["2x3"]
    rng = np.random.default_rng(4)
    x, w, c = _matrices(rng, 7, 21, 8)
    stalls = _stalls(rng, 0)
    runs = [
        gemm_on_array(
            x, w, c, engine=engine, wide_x=True, wide_w=False, options=RunOptions(name, stalls)
        )
        for name in SIMULATORS
    ]
    assert np.array_equal(*(y.view(np.uint32) for y, _ in runs))
    assert runs[0][1].cycles == runs[1][1].cycles


@pytest.mark.full
def test_one_training_step_of_two_layers():
    """Forward products, dX and dW of both layers agree on model and RTL."""
    engine = ENGINES["4x4"]
    rng = np.random.default_rng(7)
    batch, sizes = 20, (30, 18, 10)
    x, w1, w2 = (
        rng.standard_normal(shape).astype(np.float32)
        for shape in ((batch, sizes[0]), sizes[:2], sizes[1:])
    )
    target = rng.standard_normal((batch, sizes[2])).astype(np.float32)

    def product(a, b, wide, seed):
        operands = (np.ascontiguousarray(a), np.ascontiguousarray(b), None)
        given = {
            "wide_x": wide,
            "wide_w": wide,
            "conversion": Conversion(Rounding.STOCHASTIC, seed),
        }
        check(engine, operands, **given)
        return simulate(*operands, engine=engine, **given)[0]

    hidden = product(x, w1, True, 1)
    active = np.maximum(hidden, np.float32(0))
    y = product(active, w2, False, 2)
    dy = y - target
    dw2 = product(active.T, dy, False, 3)
    dactive = product(dy, w2.T, False, 4)
    dhidden = np.where(hidden > 0, dactive, np.float32(0))
    dw1 = product(x.T, dhidden, True, 5)
    dx = product(dhidden, w1.T, True, 6)
    assert (dw1.shape, dw2.shape, dx.shape) == (w1.shape, w2.shape, x.shape)
    assert all(np.isfinite(gradient).all() for gradient in (dw1, dw2, dx))
