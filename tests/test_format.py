"""The number format: limits, packed words, exact values, and its use as an Amaranth shape."""

import itertools
import re

import numpy as np
import pytest
from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import data
from amaranth.sim import Simulator

from hbfp_hw.format import Block, HBFPFormat, Rounding
from tests import oracle

THINGS = {
    "mantissa_bits": ("Mantissa width", 2, 16),
    "block_size": ("Block size", 1, 1024),
    "exponent_bits": ("Exponent width", 5, 12),
}
GOOD = {"mantissa_bits": 4, "block_size": 8, "exponent_bits": 10}


@pytest.mark.parametrize("name", THINGS)
def test_limits_of_parameters(name):
    thing, low, high = THINGS[name]
    for value in (low, high):
        assert getattr(HBFPFormat(**GOOD | {name: value}), name) == value
    for value in (low - 1, high + 1, -1, 10**6):
        message = f"{thing} must be {low} to {high}, not {value}"
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            HBFPFormat(**GOOD | {name: value})


@pytest.mark.parametrize("name", THINGS)
@pytest.mark.parametrize("value", [4.0, "4", None, True, np.float32(4), [4]])
def test_kinds_of_parameters(name, value):
    message = f"{THINGS[name][0]} must be an integer, not {value!r}"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        HBFPFormat(**GOOD | {name: value})


def test_numpy_integers_give_the_same_format():
    fmt = HBFPFormat(np.int8(16), np.int16(1024), np.uint8(12))
    assert fmt == HBFPFormat(16, 1024, 12)
    assert repr(fmt) == "HBFPFormat(mantissa_bits=16, block_size=1024, exponent_bits=12)"
    assert fmt.max_mantissa == 32767
    assert fmt.bits == 16 * 1024 + 12


def test_is_an_immutable_value():
    fmt = HBFPFormat(4, 64)
    assert fmt.exponent_bits == 10
    assert fmt == HBFPFormat(4, 64, 10)
    assert len({fmt, HBFPFormat(4, 64), HBFPFormat(4, 64, 8)}) == 2
    with pytest.raises(AttributeError):
        fmt.block_size = 3


def test_derived_properties():
    for m, n, e in itertools.product(range(2, 17), (1, 7, 1024), range(5, 13)):
        fmt = HBFPFormat(m, n, e)
        assert fmt.fraction_bits == m - 1
        assert fmt.max_mantissa == 2 ** (m - 1) - 1
        assert fmt.max_exponent == 2 ** (e - 1) - 1
        assert fmt.min_exponent == -(2 ** (e - 1)) + 1
        assert fmt.nan_exponent == -(2 ** (e - 1))
        assert fmt.bits == m * n + e
        assert fmt.mantissa_dtype is (np.int8 if m <= 8 else np.int16)
        assert np.iinfo(fmt.mantissa_dtype).max >= fmt.max_mantissa


def test_rounding_codes():
    """The codes of the hardware."""
    assert {rounding.name: rounding.value for rounding in Rounding} == {
        "NEAREST": 0,
        "STOCHASTIC": 1,
        "TRUNCATE": 2,
    }


def all_blocks(fmt):
    """Yield every block of a format."""
    lanes = range(-fmt.max_mantissa, fmt.max_mantissa + 1)
    for exponent in range(fmt.nan_exponent, fmt.max_exponent + 1):
        for mantissas in itertools.product(lanes, repeat=fmt.block_size):
            yield Block(exponent, mantissas)


@pytest.mark.parametrize("sizes", [(2, 3, 5), (3, 2, 6), (4, 1, 5), (2, 1, 12)])
def test_packed_words_exhaustively(sizes):
    fmt = HBFPFormat(*sizes)
    words = set()
    for block in all_blocks(fmt):
        word = fmt.to_bits(block)
        assert 0 <= word < 1 << fmt.bits
        assert fmt.from_bits(word) == block
        words.add(word)
    assert len(words) == 2**fmt.exponent_bits * (2 * fmt.max_mantissa + 1) ** fmt.block_size


@pytest.mark.parametrize("sizes", [(4, 64, 10), (16, 1024, 12), (7, 33, 9)])
def test_packed_words_of_large_blocks(sizes):
    """Lane 0 is in the lowest bits, the exponent in the highest."""
    fmt = HBFPFormat(*sizes)
    rng = np.random.default_rng(1)
    for _ in range(20):
        mantissas = rng.integers(-fmt.max_mantissa, fmt.max_mantissa + 1, fmt.block_size)
        exponent = int(rng.integers(fmt.nan_exponent, fmt.max_exponent + 1))
        text = format(exponent % 2**fmt.exponent_bits, f"0{fmt.exponent_bits}b")
        for mantissa in reversed(mantissas.tolist()):
            text += format(mantissa % 2**fmt.mantissa_bits, f"0{fmt.mantissa_bits}b")
        block = Block(exponent, tuple(mantissas.tolist()))
        assert fmt.to_bits(block) == int(text, 2)
        assert fmt.from_bits(int(text, 2)) == block
        assert fmt.to_bits(Block(np.int16(exponent), tuple(mantissas))) == int(text, 2)


@pytest.mark.parametrize(
    ("block", "error", "message"),
    [
        (Block(512, (0, 0)), ValueError, "Shared exponent must be -512 to 511, not 512"),
        (Block(-513, (0, 0)), ValueError, "Shared exponent must be -512 to 511, not -513"),
        (Block(0.5, (0, 0)), TypeError, "Shared exponent must be an integer, not 0.5"),
        (Block(0, (0,)), ValueError, "Block must be 2 mantissas, not 1"),
        (Block(0, (0, 0, 0)), ValueError, "Block must be 2 mantissas, not 3"),
        (Block(0, (8, 0)), ValueError, "Mantissa must be -7 to 7, not 8"),
        (Block(0, (0, -8)), ValueError, "Mantissa must be -7 to 7, not -8"),
        (Block(0, (0, 1.0)), TypeError, "Mantissa must be an integer, not 1.0"),
    ],
)
def test_blocks_of_another_format(block, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        HBFPFormat(4, 2).to_bits(block)


def test_dequantise():
    fmt = HBFPFormat(4, 3)
    mantissas = [[[7, -7, 1], [0, 1, -1]], [[4, 2, -3], [0, 0, 0]]]
    exponents = [[0, -125], [128, fmt.nan_exponent]]
    values = fmt.dequantise(mantissas, exponents)
    assert values.dtype == np.float64
    assert values.shape == (2, 2, 3)
    for i, j in [(0, 0), (0, 1), (1, 0)]:
        unit = oracle.power(exponents[i][j] - 3)
        assert values[i, j].tolist() == [q * unit for q in mantissas[i][j]]
    assert np.isnan(values[1, 1]).all()


# Amaranth


def simulate(bench, module=None):
    simulator = Simulator(module or Module())
    simulator.add_testbench(bench)
    simulator.run()


def test_shape():
    fmt = HBFPFormat(4, 3, 5)
    signal = Signal(fmt)
    assert isinstance(signal, data.View)
    assert len(signal.as_value()) == fmt.bits == 17
    assert len(signal.mantissas) == 3
    assert signal.mantissas[0].shape().signed
    assert len(signal.mantissas[0]) == 4
    assert signal.exponent.shape().signed
    assert len(signal.exponent) == 5


def test_signals_in_the_simulator():
    fmt = HBFPFormat(4, 3, 5)
    block = Block(-16, (-7, 0, 5))
    signal, zero = Signal(fmt, init=block), Signal(fmt)

    async def bench(ctx):
        assert ctx.get(signal) == block
        assert ctx.get(signal.as_value()) == fmt.to_bits(block)
        assert ctx.get(zero) == Block(0, (0, 0, 0))
        for other in itertools.islice(all_blocks(fmt), 0, None, 997):
            ctx.set(signal, other)
            assert ctx.get(signal) == other
            assert ctx.get(signal.exponent) == other.exponent
            assert tuple(ctx.get(lane) for lane in signal.mantissas) == other.mantissas
        ctx.set(signal.mantissas[1], -3)
        assert ctx.get(signal).mantissas[1] == -3

    simulate(bench)


def test_constants():
    fmt = HBFPFormat(4, 2, 5)
    block = Block(-3, (7, -1))
    for init in (block, {"exponent": -3, "mantissas": [7, -1]}):
        assert fmt.const(init).as_value().value == fmt.to_bits(block)
    assert fmt.const(None).as_value().value == 0
    assert fmt.const({"exponent": 1}).as_value().value == 1 << 8


def test_assignment_in_a_module():
    fmt = HBFPFormat(4, 2, 5)
    m = Module()
    source, target, raw = Signal(fmt), Signal(fmt), Signal(unsigned(fmt.bits))
    m.d.comb += [target.eq(source), raw.eq(target)]

    async def bench(ctx):
        block = Block(15, (-7, 7))
        ctx.set(source, block)
        assert ctx.get(target) == block
        assert ctx.get(raw) == fmt.to_bits(block)

    simulate(bench, m)


def test_a_waveform_can_be_written(tmp_path):
    """The waveform shows the fields of a block."""
    signal = Signal(HBFPFormat(4, 2, 5), name="block")

    async def bench(ctx):
        ctx.set(signal, Block(1, (2, 3)))
        await ctx.delay(1e-6)

    simulator = Simulator(Module())
    simulator.add_testbench(bench)
    with simulator.write_vcd(str(tmp_path / "wave.vcd"), traces=[signal]):
        simulator.run()
    assert "exponent" in (tmp_path / "wave.vcd").read_text()
