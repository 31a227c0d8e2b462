"""Operand streams: bit by bit those of a real product, in the order of its steps."""

import numpy as np
import pytest
from ml_dtypes import bfloat16

from hbfp_hw import HBFPFormat, gemm
from hbfp_hw.engine import Variant
from hbfp_hw.format import Rounding
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.ppa import stimulus as module
from hbfp_hw.ppa.number_operands import to_bf16, to_int8
from hbfp_hw.ppa.stimulus import MAKERS, normal_matrices, operand_streams
from hbfp_hw.rtl import FP32, MAC, Accumulate, Convert, Dot
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.baseline import BF16MAC, FP32MAC, INT8MAC
from tests.ppa.products import transfers

SMALL = normal_matrices(5, rows=3, length=13, columns=4)
FORMATS = HBFPFormat(4, 5, 10), HBFPFormat(6, 5, 10)
UNITS = {
    "mac_sm": MAC(*FORMATS, sign_magnitude=True),
    "mac": MAC(HBFPFormat(8, 16)),
    "mac_of_one": MAC(HBFPFormat(4, 1)),
    "dot_sm": Dot(*FORMATS, sign_magnitude=True),
    "dot": Dot(*FORMATS, pipeline=2),
    "fp32": FP32(*FORMATS),
    "accumulate": Accumulate(*FORMATS),
    "convert": Convert(FORMATS[0], narrow_bits=3),
    "convert_sm": Convert(FORMATS[1], rounding=Rounding.NEAREST, sign_magnitude=True),
    "fp32_mac": FP32MAC(),
    "fp32_mac_n3": FP32MAC(3),
    "fp32_mac_separate": FP32MAC(fused=False),
    "fp32_mac_separate_n3": FP32MAC(3, fused=False),
    "bf16_mac": BF16MAC(),
    "bf16_mac_n3": BF16MAC(3),
    "bf16_mac_bf16": BF16MAC(accumulate=Accumulation.BF16),
    "int8_mac": INT8MAC(),
    "int8_mac_n3": INT8MAC(3),
}


def numbers(bits):
    """Return payloads as Python integers, bit 0 being the lowest."""
    return [int("".join("01"[bit] for bit in reversed(row)), 2) for row in bits.tolist()]


def test_every_unit_is_tested():
    assert {unit.unit for unit in UNITS.values()} == set(MAKERS)


@pytest.mark.parametrize("name", UNITS)
def test_streams_are_windows_of_the_product(name):
    """Three streams of a whole product: each begins elsewhere, and goes round."""
    unit = UNITS[name]
    whole = transfers(unit, *SMALL)
    made = operand_streams(unit, *SMALL, streams=3, cycles=len(whole), seed=7)
    starts = []
    for stream in range(3):
        results = numbers(made.expected[stream])
        inputs = {port: numbers(bits[stream]) for port, bits in made.inputs.items()}
        found = [
            ({port.removesuffix("__payload"): inputs[port][cycle] for port in inputs}, result)
            for cycle, result in enumerate(results)
        ]
        start = whole.index(found[0])
        assert found == whole[start:] + whole[:start]
        starts.append(start)
    # One start in each third of the product.
    assert [3 * start // len(whole) for start in starts] == [0, 1, 2]


def test_last_sums_are_the_product():
    """The last sums of all elements in a stream of the whole product are those of gemm."""
    x, w = normal_matrices(2, rows=6, length=70, columns=5)
    unit = MAC(HBFPFormat(4, 16), sign_magnitude=True)
    steps = 5
    made = operand_streams(unit, x, w, streams=1, cycles=30 * steps, seed=1)
    sums = made.expected[0]
    values = np.packbits(sums, axis=1, bitorder="little").view("<f4")[:, 0]
    first = made.payload[0, :, -32:]
    begins = int(np.flatnonzero(~first.any(axis=1))[0])
    rolled = np.roll(values, -begins)[steps - 1 :: steps]
    y = gemm(x, w, fmt_x=HBFPFormat(4, 16)).reshape(-1)
    order = int(np.flatnonzero(y == rolled[0])[0])
    assert np.array_equal(np.roll(y, -order), rolled)


def test_sums_go_on_inside_an_element():
    """A window begins anywhere in K, with the sum that the product has there."""
    x, w = normal_matrices(3, rows=8, length=512, columns=8)
    made = operand_streams(FP32MAC(), x, w, streams=32, cycles=4, seed=0)
    payload = np.packbits(made.payload, axis=2, bitorder="little").view("<f4")
    a, b, c = payload[..., 0], payload[..., 1], payload[..., 2]
    assert np.count_nonzero(c) > 100
    found = 0
    for stream in range(32):
        row, k = np.argwhere(x == a[stream, 0])[0]
        column = int(np.flatnonzero(w[k] == b[stream, 0])[0])
        expected = x[row, :k].astype(np.float64) @ w[:k, column].astype(np.float64)
        assert c[stream, 0] == pytest.approx(expected, abs=1e-5)
        found += k > 0
    assert found > 24


def test_all_units_begin_at_the_same_places():
    """With equal seeds, the streams of units with blocks of any size meet the same values."""
    x, w = normal_matrices(4, rows=8, length=64, columns=8)
    blocks = operand_streams(Convert(HBFPFormat(4, 16)), x, w, streams=9, cycles=1, seed=6)
    single = operand_streams(Convert(HBFPFormat(4, 1)), x, w, streams=9, cycles=1, seed=6)
    block = np.packbits(blocks.payload[:, 0, : 16 * 32], axis=1, bitorder="little").view("<f4")
    value = np.packbits(single.payload[:, 0, :32], axis=1, bitorder="little").view("<f4")
    assert all(value[stream, 0] in block[stream] for stream in range(9))


def test_seeds():
    unit = MAC(HBFPFormat(4, 16))
    x, w = normal_matrices(0)
    first, again, other = (
        operand_streams(unit, x, w, streams=8, cycles=8, seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.payload, again.payload)
    assert np.array_equal(first.expected, again.expected)
    assert not np.array_equal(first.payload, other.payload)
    assert np.array_equal(normal_matrices(9).x, normal_matrices(9).x)
    assert not np.array_equal(normal_matrices(9).x, normal_matrices(8).x)


@pytest.mark.parametrize(
    ("name", "macs"),
    [("mac", 13), ("mac_sm", 13 / 3), ("convert", 13 / 3), ("int8_mac", 1), ("fp32_mac_n3", 2.6)],
)
def test_multiply_adds_of_a_transfer(name, macs):
    """13 values of K fill the last block or the last lanes only in part."""
    made = operand_streams(UNITS[name], *SMALL, streams=1, cycles=2, seed=0)
    assert made.macs == pytest.approx(macs)


def test_default_data():
    x, w = normal_matrices(0)
    assert (x.shape, x.dtype, w.shape, w.dtype) == ((64, 1024), np.float32, (1024, 64), np.float32)
    assert x.std() == pytest.approx(1, rel=0.02)
    assert w.std() == pytest.approx(0.05, rel=0.02)
    assert abs(x.mean()) < 0.02
    assert abs(w.mean()) < 0.001


def test_zeros():
    """Matrices of zeros have no scale for INT8; a zero keeps its sign in a block."""
    x, w = np.zeros((2, 4), np.float32), np.full((4, 2), -0.0, np.float32)
    made = operand_streams(INT8MAC(), x, w, streams=1, cycles=16, seed=0)
    assert not made.payload.any()
    assert not made.expected.any()
    made = operand_streams(
        Dot(HBFPFormat(4, 4), sign_magnitude=True), x, w, streams=1, cycles=1, seed=0
    )
    assert numbers(made.payload[0])[0] & 0xFFFF == 0
    assert numbers(made.payload[0])[0] >> 26 & 0xFFFF == 0x8888


def test_rounding_to_bf16():
    """Ties, subnormals and overflow to infinity round as in ml_dtypes."""
    rng = np.random.default_rng(0)
    words = rng.integers(0, 1 << 32, 4000, dtype=np.uint32)
    words[:1000] &= 0xFFFF8000  # ties, half of them between two neighbours
    values = words.view(np.float32)
    values = np.append(values[np.isfinite(values)], np.float32([3.4e38, -3.4e38, 1e-45, 0, -0.0]))
    assert np.array_equal(to_bf16(values), values.astype(bfloat16).view(np.uint16))
    assert np.count_nonzero(values.view(np.uint32) & 0xFFFF == 0x8000) > 400


def test_scaling_to_int8():
    """Halves round to even integers; the smallest and the largest matrices have a scale too."""
    values = np.array([[-254, 127, 3], [1, 5, -4]], np.float32)
    assert to_int8(values).tolist() == [[-127, 64, 2], [0, 2, -2]]
    assert to_int8(np.float32([[1e-40, -1e-40, 0.6e-40]])).tolist() == [[127, -127, 76]]
    assert to_int8(np.float32([[3.4e38]])).tolist() == [[127]]


def changed(matrix, value):
    copy = matrix.copy()
    copy[1, 2] = value
    return copy


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"unit": "mac"}, TypeError, "Unit must be a Unit, not 'mac'"),
        (
            {"unit": Array(Variant.NATIVE, 1, 1, 2)},
            ValueError,
            "Unit must be one of convert, dot, fp32, accumulate, mac, fp32_mac, bf16_mac, "
            "int8_mac, not 'array'",
        ),
        (
            {"unit": Convert(HBFPFormat(4, 4), short=True)},
            ValueError,
            "Converter must be one without short blocks, not one with them",
        ),
        (
            {"x": SMALL.x.astype(np.float64)},
            TypeError,
            "X must be a float32 array, not float64 array",
        ),
        (
            {"x": SMALL.x[0]},
            ValueError,
            "X must be a matrix that is not empty, not (13,)",
        ),
        (
            {"w": SMALL.w[:-1]},
            ValueError,
            "W must have 13 rows, as many as X has columns, not 12",
        ),
        ({"x": changed(SMALL.x, np.inf)}, ValueError, "X must be finite, not inf at (1, 2)"),
        ({"w": changed(SMALL.w, np.nan)}, ValueError, "W must be finite, not nan at (1, 2)"),
        ({"streams": 0}, ValueError, "Streams must be 1 to 16777216, not 0"),
        ({"streams": 2.0}, TypeError, "Streams must be an integer, not 2.0"),
        ({"cycles": 0}, ValueError, "Cycles must be 1 to 8388608, not 0"),
        ({"seed": -1}, ValueError, "Seed must be 0 to 4294967295, not -1"),
        (
            {"cycles": 157},
            ValueError,
            "Product of X and W must have at least 157 transfers for fp32_mac, as many as a "
            "stream has cycles, not 156",
        ),
    ],
)
def test_errors(given, error, message):
    arguments = {
        "unit": FP32MAC(),
        "x": SMALL.x,
        "w": SMALL.w,
        "streams": 2,
        "cycles": 4,
        "seed": 0,
    }
    arguments |= given
    unit, x, w = (arguments.pop(name) for name in ("unit", "x", "w"))
    with pytest.raises(error) as caught:
        operand_streams(unit, x, w, **arguments)
    assert str(caught.value) == message


def test_most_transfers_fit(monkeypatch):
    monkeypatch.setattr(module, "MOST_TRANSFERS", 100)
    assert operand_streams(FP32MAC(), *SMALL, streams=4, cycles=25, seed=0).payload.shape[1] == 25
    with pytest.raises(ValueError, match=r"^Cycles must be 1 to 25, not 26$"):
        operand_streams(FP32MAC(), *SMALL, streams=4, cycles=26, seed=0)
