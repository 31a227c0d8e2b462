"""The whole data path in RTL against the golden model, with random blocks of every class."""

import numpy as np
import pytest

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.payload import pack
from hbfp_hw.golden import convert, dot, gemm
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.golden.fp32 import add
from hbfp_hw.rtl import DotEngine
from hbfp_hw.sim.stimulus import bits, block_classes, blocks, count
from hbfp_hw.simulate import SIMULATORS, RunOptions, gemm_on_dot_engine, replay

BLOCKS = 10_000


def _operands(rng, fmt, total, rounding, simulator):
    values, classes = blocks(rng, fmt, total)
    assert min(count(classes, block_classes(fmt)).values()) >= total // 25
    seed, step = int(rng.integers(1 << 32)), rng.integers(0, 1 << 32, total)
    if simulator == "icarus" and rounding is not Rounding.STOCHASTIC:
        # A random generator that changes, though unused, takes two thirds of Icarus' time.
        step = np.zeros_like(step)
    fields = {
        "values": values.view(np.uint32),
        "seed": np.full(total, seed),
        "step": step,
        "rounding": np.full(total, rounding),
    }
    return fields, convert(values, fmt, rounding, seed=seed, step=step[:, np.newaxis])


def _check_blocks(fmt, roundings, simulator, total=BLOCKS):
    """Compare each dot product: every pair of blocks is a sum of its own.

    One run has ``total`` pairs in each of the rounding modes.
    """
    rng = np.random.default_rng([fmt.mantissa_bits, fmt.block_size])
    inputs, expected = {"i_a": [], "i_b": [], "i_marker": []}, []
    for rounding in roundings:
        fields_a, a = _operands(rng, fmt, total, rounding, simulator)
        fields_b, b = _operands(rng, fmt, total, rounding, simulator)
        start = blocks(rng, HBFPFormat(4, 1), total)[0][:, 0]
        marker = {"c": bits(start), "first": np.ones(total), "last": np.ones(total)}
        marker = {name: np.asarray(value, np.uint32) for name, value in marker.items()}
        for name, values in (("i_a", fields_a), ("i_b", fields_b), ("i_marker", marker)):
            inputs[name].append(values)
        expected.append(bits(add(start, dot(a, b).round()[:, 0])))
    design = cached_design(DotEngine(fmt))
    streams = design.description.streams
    words = {
        name: np.concatenate([pack(streams[name].fields, values) for values in parts])
        for name, parts in inputs.items()
    }
    run = replay(design, words, {"o": total * len(expected)}, RunOptions(simulator))
    assert np.array_equal(run.outputs["o"][:, 0], np.concatenate(expected))
    assert run.cycles == total * len(expected) + design.description.latency


@pytest.mark.full
@pytest.mark.parametrize("block_size", [16, 64])
@pytest.mark.parametrize("mantissa_bits", [4, 6, 8])
def test_ten_thousand_blocks(mantissa_bits, block_size):
    _check_blocks(HBFPFormat(mantissa_bits, block_size), Rounding, "verilator")


@pytest.mark.full
@pytest.mark.parametrize("mantissa_bits", [4, 6, 8])
def test_blocks_on_icarus(mantissa_bits):
    _check_blocks(HBFPFormat(mantissa_bits, 16), [Rounding.NEAREST], "icarus", BLOCKS // 4)


def _product(rng, rows, length, columns, *spreads):
    """Draw operands and start values with some special values.

    Parameters:
        spreads: Largest magnitudes of the random exponents, used in turn for X's rows and W's
            columns.
    """
    row, column = np.resize(spreads, (rows, 1)), np.resize(spreads, columns)
    x, w, c = (
        np.ldexp(rng.standard_normal(shape), rng.integers(-spread, spread + 1, shape))
        for shape, spread in (
            ((rows, length), row),
            ((length, columns), column),
            ((rows, columns), row),
        )
    )
    with np.errstate(over="ignore", under="ignore"):
        x, w, c = (matrix.astype(np.float32) for matrix in (x, w, c))
    x[0, 0], w[-1, 0], c[-1, -1] = np.inf, np.nan, -np.inf
    x[1] = 0
    return x, w, c


@pytest.mark.full(but=["widths0-10-NEAREST-verilator"])
@pytest.mark.parametrize("simulator", SIMULATORS)
@pytest.mark.parametrize(
    ("widths", "exponent_bits", "rounding"),
    [((4, 4), 10, "NEAREST"), ((4, 6), 8, "STOCHASTIC"), ((8, 6), 5, "TRUNCATE")],
)
def test_products_of_every_length(widths, exponent_bits, rounding, simulator):
    """Test K below, at and above whole blocks, with start values, two widths, clamped exponents."""
    size = 6
    fmt_x, fmt_w = (HBFPFormat(bits, size, exponent_bits) for bits in widths)
    rng = np.random.default_rng(exponent_bits)
    for length in (1, size - 1, size, size + 1, 5 * size + 3):
        x, w, c = _product(rng, 6, length, 5, 2, 2, 60, 60)
        formats = {"fmt_x": fmt_x, "fmt_w": fmt_w}
        conversion = Conversion(Rounding[rounding], seed=99)
        options = RunOptions(simulator)
        y, run = gemm_on_dot_engine(x, w, c, **formats, conversion=conversion, options=options)
        golden = gemm(x, w, c, **formats, rounding=conversion.rounding, seed=conversion.seed)
        assert np.array_equal(bits(y), bits(golden))
        assert run.cycles == 30 * -(-length // size) + 4


def test_cycles_and_bits_do_not_depend_on_the_simulator_when_streams_stall():
    rng = np.random.default_rng(3)
    x, w, c = _product(rng, 6, 40, 7, 3)
    stalls = {name: rng.random(97) < 0.4 for name in ("i_a", "i_b", "i_marker", "o")}
    fmt = HBFPFormat(4, 6)
    results = [
        gemm_on_dot_engine(x, w, c, fmt_x=fmt, options=RunOptions(name, stalls))
        for name in SIMULATORS
    ]
    golden = bits(gemm(x, w, c, fmt_x=fmt))
    assert all(np.array_equal(bits(y), golden) for y, _ in results)
    assert results[0][1].cycles == results[1][1].cycles > 6 * 7 * 7 + 4


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"rounding": 3}, ValueError, "Rounding must be 0 to 2, not 3"),
        ({"rounding": None}, TypeError, "Rounding must be a Rounding, not None"),
        ({"seed": 1 << 32}, ValueError, "Seed must be 0 to 4294967295, not 4294967296"),
    ],
)
def test_conversions_are_refused_as_by_the_golden_model(options, error, message):
    operand = np.ones((2, 2), np.float32)
    fmt = HBFPFormat(4, 2)
    with pytest.raises(error, match=f"^{message}$"):
        gemm(operand, operand, fmt_x=fmt, **options)
    with pytest.raises(error, match=f"^{message}$"):
        gemm_on_dot_engine(operand, operand, fmt_x=fmt, conversion=Conversion(**options))
