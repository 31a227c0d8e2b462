"""Random vectors with every corner class, and operand streams: the RTL gives the same results."""

import numpy as np
import pytest

from hbfp_hw import HBFPFormat
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.ppa.stimulus import normal_matrices, operand_streams
from hbfp_hw.ppa.vectors import random_vectors
from hbfp_hw.rtl import MAC, Accumulate
from hbfp_hw.rtl.baseline import BF16MAC, FP32MAC, INT8MAC
from hbfp_hw.simulate.verilate import build_library
from tests import oracle
from tests.cosim.bundle import Part, bundle
from tests.ppa.test_stimulus import UNITS, numbers

COUNT = 10_000

COMPILED = [
    *("mac_sm", "mac_of_one", "dot_sm", "fp32", "accumulate", "convert", "convert_sm"),
    *("fp32_mac", "fp32_mac_separate_n3", "bf16_mac_n3", "bf16_mac_bf16", "int8_mac_n3"),
]
"""Units whose Verilog is compiled: every kind, and no more, as a compiler takes its time."""


def words(bits):
    """Return payloads (streams, cycles, bits) as 32-bit words, one stream after the other."""
    flat = bits.reshape(-1, bits.shape[-1])
    padded = np.pad(flat, ((0, 0), (0, -flat.shape[1] % 32)))
    return np.packbits(padded, axis=1, bitorder="little").view("<u4")


@pytest.mark.parametrize("name", UNITS)
def test_every_class_is_drawn(name):
    vectors = random_vectors(UNITS[name], COUNT, 3, streams=64)
    streams, cycles, _ = vectors.payload.shape
    assert (streams, cycles) == (64, 157)
    assert vectors.expected.shape[:2] == (64, 157)
    assert [kind for kind, count in vectors.classes.items() if not count] == []


def patterns(bits, first=0):
    return words(bits[..., first : first + 32])[:, 0]


def is_nan(found):
    return (found & 0x7FFFFFFF) > oracle.INF


@pytest.mark.parametrize("unit", [MAC(HBFPFormat(4, 16)), FP32MAC(), FP32MAC(fused=False)])
def test_numbers_of_every_kind(unit):
    """Addends and results have zeros, subnormals, infinities, NaN; results only one kind of NaN."""
    vectors = random_vectors(unit, COUNT, 4)
    addends = patterns(vectors.payload, vectors.payload.shape[2] - 32)
    results = patterns(vectors.expected)
    for found in (addends, results):
        magnitudes = found & 0x7FFFFFFF
        assert np.count_nonzero(magnitudes == 0) > 20
        assert np.count_nonzero((magnitudes > 0) & (magnitudes < 0x00800000)) > 20
        assert np.count_nonzero(magnitudes == oracle.INF) > 20
        assert np.count_nonzero(is_nan(found)) > 20
    assert len(set(addends[is_nan(addends)])) > 10
    assert set(results[is_nan(results)]) == {oracle.NAN}
    overflowed = (results & 0x7FFFFFFF == oracle.INF) & (addends & 0x7FFFFFFF < oracle.INF)
    cancelled = (results & 0x7FFFFFFF == 0) & (addends & 0x7FFFFFFF > 0)
    assert np.count_nonzero(overflowed) > 10
    assert np.count_nonzero(cancelled) > 10


@pytest.mark.parametrize("streams", [1, 7])
def test_sums_of_accumulate(streams):
    """Every sum is that of the slow reference, those of incomplete elements included."""
    fmt = HBFPFormat(4, 5)
    vectors = random_vectors(Accumulate(fmt), 700, 5, streams=streams)
    products, markers = (vectors.inputs[f"{name}__payload"] for name in ("i", "i_marker"))
    count = 0
    for stream in range(streams):
        total = None
        given = zip(
            products[stream],
            numbers(markers[stream]),
            numbers(vectors.expected[stream]),
            strict=True,
        )
        for bits, marker, expected in given:
            *number, nan = bits.tolist()
            number = np.array(number)
            exact, exponent = (signed(part) for part in (number[:-11], number[-11:]))
            term = oracle.NAN if nan else oracle.encode(exact * oracle.power(exponent - 6))
            start = marker & oracle.MASK
            if marker >> 32 & 1:
                total = oracle.NAN if oracle.is_nan(start) else start
            assert total is not None
            total = oracle.add(total, term)
            assert total == expected
            count += 1
    assert count == 700


def signed(bits):
    weights = 1 << np.arange(len(bits), dtype=np.int64)
    weights[-1] *= -1
    return int(bits.astype(np.int64) @ weights)


def test_seeds():
    first, again, other = (random_vectors(INT8MAC(), 100, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.payload, again.payload)
    assert np.array_equal(first.expected, again.expected)
    assert not np.array_equal(first.payload, other.payload)


def test_streams_share_the_vectors():
    whole = random_vectors(BF16MAC(), 60, 1)
    parts = random_vectors(BF16MAC(), 60, 1, streams=4)
    assert parts.payload.shape[:2] == (4, 15)
    assert np.array_equal(parts.payload.reshape(whole.payload.shape), whole.payload)
    rounded_up = random_vectors(BF16MAC(), 61, 1, streams=4)
    assert rounded_up.expected.shape[:2] == (4, 16)


@pytest.mark.parametrize(
    ("unit", "arguments", "error", "message"),
    [
        (None, {}, TypeError, "Unit must be a Unit, not None"),
        (FP32MAC(), {"count": 0}, ValueError, "Vectors must be 1 to 16777216, not 0"),
        (FP32MAC(), {"count": 1.5}, TypeError, "Vectors must be an integer, not 1.5"),
        (FP32MAC(), {"seed": 1 << 32}, ValueError, "Seed must be 0 to 4294967295, not 4294967296"),
        (FP32MAC(), {"streams": 11}, ValueError, "Streams must be 1 to 10, not 11"),
    ],
)
def test_errors(unit, arguments, error, message):
    with pytest.raises(error) as caught:
        random_vectors(unit, **{"count": 10, "seed": 0} | arguments)
    assert str(caught.value) == message


@pytest.fixture(scope="module")
def library():
    together = bundle({name: cached_design(UNITS[name]) for name in COMPILED})
    return build_library(together), together.description


@pytest.mark.full
@pytest.mark.parametrize("name", COMPILED)
def test_rtl_gives_the_expected_results(name, library):
    """The compiled Verilog takes the bits as they are and gives the expected ones."""
    unit = UNITS[name]
    x, w = normal_matrices(8, rows=5, length=37, columns=6)
    product = operand_streams(unit, x, w, streams=5, cycles=40, seed=2)
    for stimulus in (product, random_vectors(unit, COUNT, 6, streams=3)):
        inputs = {port.removesuffix("__payload"): words(b) for port, b in stimulus.inputs.items()}
        expected = words(stimulus.expected)
        if isinstance(unit, Accumulate):
            # A stream begins in the middle of a sum, which only the streams before could start.
            first, last = (stimulus.inputs["i_marker__payload"][..., bit] for bit in (32, 33))
            begun = np.logical_or.accumulate(first, axis=1).reshape(-1)
            keep = begun & _is_completed(begun, last.reshape(-1))
            inputs = {port: payload[keep] for port, payload in inputs.items()}
            expected = expected[keep & last.reshape(-1)]
        assert len(expected) >= 20
        run = Part(*library, f"{name}_").run(inputs, {"o": len(expected)}, stalls={})
        assert run.outcome == "completed"
        assert np.array_equal(run.outputs["o"], expected)


def _is_completed(begun, last):
    return np.logical_or.accumulate((begun & last)[::-1])[::-1]
