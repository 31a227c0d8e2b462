"""Units with random parameters, against the golden model and the oracle.

``HBFP_CONFIGURATIONS=500`` tries 500 configurations of each unit instead of a few; the first ones
are the same.
"""

import os
from dataclasses import asdict

import numpy as np
import pytest

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.payload import pack, unpack
from hbfp_hw.golden import convert, dot, gemm
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.golden.fp32 import add
from hbfp_hw.rtl import FP32, MAC, Accumulate, Convert, Dot
from hbfp_hw.sim.block_payloads import block_payload
from hbfp_hw.sim.mac_tests import make_stimulus
from hbfp_hw.sim.stimulus import bits, blocks, near_pairs
from hbfp_hw.sim.stimulus.accumulation import golden_sums, make_sums, markers
from hbfp_hw.sim.stimulus.products import exact_products
from hbfp_hw.simulate import RunOptions, gemm_on_dot_engine, replay
from tests import oracle

BLOCK_SIZES = (1, 2, 3, 5, 7, 11, 16, 33)
TRANSFERS = 300
CONFIGURATIONS = int(os.environ.get("HBFP_CONFIGURATIONS", "0"))


def numbers(few):
    """Parametrise a test by the numbers of its configurations, ``few`` by default."""
    return pytest.mark.parametrize("number", range(CONFIGURATIONS or few))


def draw_formats(rng):
    """Draw two formats that fit together, with equal widths half of the time."""
    size, exponent_bits = int(rng.choice(BLOCK_SIZES)), int(rng.integers(5, 13))
    a, b = rng.integers(2, 17, 2).tolist()
    b = a if rng.random() < 0.5 else b
    return HBFPFormat(a, size, exponent_bits), HBFPFormat(b, size, exponent_bits)


def draw_rounding(rng):
    """Draw a rounding mode, most often stochastic, and a number of random bits."""
    mode = rng.choice([Rounding.NEAREST, Rounding.TRUNCATE, Rounding.STOCHASTIC], p=[0.3, 0.2, 0.5])
    return Rounding(mode), int(rng.integers(1, 17))


def draw_stalls(rng, *streams):
    """Draw stall patterns: none, or one for each stream that does not stall for ever."""
    if rng.random() < 0.5:
        return {}
    return {name: np.append(rng.random(rng.integers(1, 30)) < 0.4, False) for name in streams}


def run_unit(rng, unit, inputs, expected):
    """Return the output fields of a unit for given input fields; random streams may stall."""
    design = cached_design(unit)
    streams = design.description.streams
    words = {}
    for name, values in inputs.items():
        fields = streams[name].fields
        words[name] = pack(fields, {field["name"]: values[field["name"]] for field in fields})
    stalls = draw_stalls(rng, *streams)
    run = replay(design, words, {"o": expected}, RunOptions(stalls=stalls))
    if not stalls:
        assert run.cycles == len(words["i"]) + unit.latency
    return unpack(streams["o"].fields, run.outputs["o"])


@pytest.mark.full
@numbers(6)
def test_product(number):
    """Compute a small product of values of every class; the oracle uses integers alone."""
    rng = np.random.default_rng([1, number])
    fmt_x, fmt_w = draw_formats(rng)
    rounding, random_bits = draw_rounding(rng)
    size = fmt_x.block_size
    levels = Dot(fmt_x, fmt_w).levels
    pipeline, seed = int(rng.integers(levels + 1)), int(rng.integers(1 << 32))
    rows, columns, count = rng.integers(1, 5, 3).tolist()
    length = count * size - int(rng.integers(size))
    x = blocks(rng, fmt_x, rows * count)[0].reshape(rows, -1)[:, :length]
    w = blocks(rng, fmt_w, columns * count)[0].reshape(columns, -1)[:, :length].T
    c = blocks(rng, HBFPFormat(4, 1), rows * columns)[0].reshape(rows, columns)
    conversion = Conversion(rounding, seed, random_bits)

    golden = bits(gemm(x, w, c, fmt_x=fmt_x, fmt_w=fmt_w, **asdict(conversion)))
    stalls = draw_stalls(rng, "i_a", "i_b", "i_marker", "o")
    y, run = gemm_on_dot_engine(
        x,
        w,
        c,
        fmt_x=fmt_x,
        fmt_w=fmt_w,
        conversion=conversion,
        pipeline=pipeline,
        options=RunOptions(stalls=stalls),
    )
    assert np.array_equal(bits(y), golden)
    if not stalls:
        assert run.cycles == rows * columns * count + pipeline + 3

    exact = oracle.gemm(
        *(bits(np.ascontiguousarray(matrix)).tolist() for matrix in (x, w, c)),
        oracle.Formats(fmt_x.mantissa_bits, fmt_w.mantissa_bits, size, fmt_x.exponent_bits),
        oracle.Conversion(rounding.name.lower(), seed, random_bits),
    )
    assert golden.tolist() == exact


@pytest.mark.full(but=["0"])
@numbers(5)
def test_convert(number):
    """Cover all parameters of a converter, with a second width and sign and magnitude."""
    rng = np.random.default_rng([2, number])
    fmt, _ = draw_formats(rng)
    rounding, random_bits = draw_rounding(rng)
    narrow_bits = int(rng.integers(2, fmt.mantissa_bits)) if fmt.mantissa_bits > 2 else None
    unit = Convert(
        fmt,
        rounding=None if rng.random() < 0.5 else rounding,
        random_bits=random_bits,
        pipeline=int(rng.integers(3)),
        narrow_bits=None if rng.random() < 0.3 else narrow_bits,
        sign_magnitude=bool(rng.random() < 0.5),
    )
    values, _ = blocks(rng, fmt, TRANSFERS)
    seed, step = int(rng.integers(1 << 32)), rng.integers(0, 1 << 32, TRANSFERS)
    narrow = (rng.random(TRANSFERS) < 0.5) & (unit.narrow_bits is not None)
    inputs = {
        "values": bits(values),
        "seed": np.full(TRANSFERS, seed),
        "step": step,
        "rounding": np.full(TRANSFERS, rounding),
        "narrow": narrow,
    }
    outputs = run_unit(rng, unit, {"i": inputs}, TRANSFERS)

    for chosen, width in ((~narrow, fmt.mantissa_bits), (narrow, unit.narrow_bits)):
        if not chosen.any():
            continue
        used = HBFPFormat(width, fmt.block_size, fmt.exponent_bits)
        golden = convert(
            values[chosen],
            used,
            rounding,
            seed=seed,
            step=step[chosen, np.newaxis],
            random_bits=random_bits,
        )
        assert np.array_equal(outputs["exponent"][chosen], golden.exponents[:, 0])
        expected = golden.mantissas[:, 0].astype(np.int64)
        found = outputs["mantissas"]
        if unit.sign_magnitude:
            magnitude = found & fmt.max_mantissa
            found = np.where(found >> fmt.fraction_bits, -magnitude, magnitude)
        assert np.array_equal(found[chosen].reshape(expected.shape), expected)


@pytest.mark.full(but=["0"])
@numbers(3)
def test_dot(number):
    rng = np.random.default_rng([3, number])
    formats = draw_formats(rng)
    a, b = (convert(blocks(rng, fmt, TRANSFERS)[0], fmt) for fmt in formats)
    code = {"sign_magnitude": bool(rng.random() < 0.5)}
    inputs = block_payload(rng, "a", a, **code) | block_payload(rng, "b", b, **code)
    unit = Dot(*formats, pipeline=int(rng.integers(Dot(*formats).levels + 1)), **code)
    outputs = run_unit(rng, unit, {"i": inputs}, TRANSFERS)
    golden = dot(a, b)
    assert np.array_equal(outputs["sum"], golden.sums[:, 0])
    assert np.array_equal(outputs["exponent"], golden.exponents[:, 0])
    assert np.array_equal(outputs["nan"], golden.nan[:, 0])


@pytest.mark.full(but=["0"])
@numbers(5)
def test_mac(number):
    """Test the unit without registers and with 1 to 4 stages."""
    rng = np.random.default_rng([6, number])
    formats = draw_formats(rng)
    operands = [convert(blocks(rng, fmt, TRANSFERS)[0], fmt) for fmt in formats]
    code = bool(rng.random() < 0.5)
    inputs, golden = make_stimulus(rng, *operands, code)
    unit = MAC(*formats, pipeline=number % 5, sign_magnitude=code)
    outputs = run_unit(rng, unit, inputs, TRANSFERS)
    assert np.array_equal(outputs["value"], bits(golden))


@pytest.mark.full(but=["0"])
@numbers(2)
def test_fp32(number):
    rng = np.random.default_rng([4, number])
    formats = draw_formats(rng)
    product, _ = exact_products(rng, 10 * TRANSFERS, *formats)
    value = product.round()
    addend = near_pairs(rng, value)
    inputs = {
        "product.sum": product.sums,
        "product.exponent": product.exponents,
        "product.nan": product.nan,
        "addend": bits(addend),
    }
    unit = FP32(*formats, pipeline=int(rng.integers(2)))
    outputs = run_unit(rng, unit, {"i": inputs}, 10 * TRANSFERS)
    assert np.array_equal(outputs["value"], bits(value))
    assert np.array_equal(outputs["total"], bits(add(value, addend)))


@pytest.mark.full(but=["0"])
@numbers(2)
def test_accumulate(number):
    rng = np.random.default_rng([5, number])
    formats = draw_formats(rng)
    products, _ = exact_products(rng, 10 * TRANSFERS, *formats)
    terms = products.round()
    sums = make_sums(rng, terms)
    inputs = {
        "i": {"sum": products.sums, "exponent": products.exponents, "nan": products.nan},
        "i_marker": markers(rng, sums),
    }
    unit = Accumulate(*formats, pipeline=int(rng.integers(2)))
    expected = golden_sums(terms, sums)
    outputs = run_unit(rng, unit, inputs, len(expected))
    assert np.array_equal(outputs["value"], expected)
