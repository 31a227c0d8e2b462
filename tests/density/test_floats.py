"""Floating-point components against exact fractions for all operands of small formats, or NumPy."""

import subprocess
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest
from amaranth.sim import Simulator

from hbfp_hw.density.floats import FLOATS, Adder, FloatFormat, FromFixed, Multiplier, ReLU
from hbfp_hw.generation.yosys import convert

SMALL = (FloatFormat(3, 2), FloatFormat(4, 1))


@cache
def value(fmt, bits):
    """Return the exact value of a finite number; None for infinities and NaN."""
    field = bits >> fmt.fraction_bits & ((1 << fmt.exponent_bits) - 1)
    fraction = bits & ((1 << fmt.fraction_bits) - 1)
    if field == (1 << fmt.exponent_bits) - 1:
        return None
    hidden = (field > 0) << fmt.fraction_bits
    scale = Fraction(2) ** (max(field, 1) - fmt.bias - fmt.fraction_bits)
    return (hidden + fraction) * scale * (-1 if bits >> (fmt.width - 1) else 1)


def is_nan(fmt, bits):
    return (bits & ((1 << (fmt.width - 1)) - 1)) > fmt.infinity


def nearest(fmt, exact, negative):
    """Return the bits of the nearest number, found by search; a tie goes to the even fraction."""
    sign = negative << (fmt.width - 1)
    candidates = range(fmt.infinity + 1)
    # Infinity stands for the number that would follow the largest one if exponents went on.
    step = Fraction(2) ** (fmt.bias - fmt.fraction_bits)
    values = [value(fmt, bits) for bits in candidates[:-1]]
    values.append(values[-1] + step)
    return sign | min(candidates, key=lambda bits: (abs(values[bits] - abs(exact)), bits & 1))


def expected_product(fmt, a, b):
    """Return the bits of a product."""
    negative = (a ^ b) >> (fmt.width - 1)
    x, y = value(fmt, a), value(fmt, b)
    if is_nan(fmt, a) or is_nan(fmt, b) or (x, y) in ((None, 0), (0, None)):
        return fmt.nan
    if x is None or y is None:
        return fmt.infinity | negative << (fmt.width - 1)
    return nearest(fmt, x * y, negative)


def expected_sum(fmt, a, b):
    """Return the bits of a sum."""
    x, y = value(fmt, a), value(fmt, b)
    if is_nan(fmt, a) or is_nan(fmt, b) or (x is None and y is None and a != b):
        return fmt.nan
    if x is None or y is None:
        return a if x is None else b
    both_negative = (a & b) >> (fmt.width - 1)
    return nearest(fmt, x + y, x + y < 0 or (x + y == 0 and both_negative))


def evaluate(unit, cases):
    """Return the output of a combinational unit for each case, which maps ports to values."""
    results = []

    async def bench(ctx):
        for case in cases:
            for name, bits in case.items():
                ctx.set(getattr(unit, name), bits)
            results.append(ctx.get(unit.o))

    simulator = Simulator(unit)
    simulator.add_testbench(bench)
    simulator.run()
    return results


BENCH = """
module bench;
  reg [63:0] cases [0:{last}];
  reg [31:0] a, b;
  wire [31:0] o;
  integer place;
  part part(.a(a), .b(b), .o(o));
  initial begin
    $readmemh("cases.hex", cases);
    for (place = 0; place <= {last}; place = place + 1) begin
      {{a, b}} = cases[place];
      #1 $display("%h", o);
    end
  end
endmodule
"""


def evaluate_by_icarus(folder, unit, a, b):
    """Return the outputs of a 32-bit unit, for which Amaranth's simulator is too slow."""
    (folder / "cases.hex").write_text(
        "".join(f"{p:08x}{q:08x}\n" for p, q in zip(a.tolist(), b.tolist(), strict=True))
    )
    (folder / "bench.v").write_text(BENCH.format(last=len(a) - 1) + convert(unit, "part"))
    output = {"cwd": folder, "check": True, "capture_output": True, "text": True, "timeout": 60}
    subprocess.run(["iverilog", "-g2012", "-s", "bench", "-o", "bench", "bench.v"], **output)
    run = subprocess.run(["vvp", "-n", "bench"], **output)
    return [int(word, 16) for word in run.stdout.split()]


@pytest.mark.full(
    but=[
        "Multiplier-expected_product-FloatFormat(exponent_bits=3, fraction_bits=2)",
    ]
)
@pytest.mark.parametrize("fmt", SMALL, ids=str)
@pytest.mark.parametrize(
    ("unit", "expected"), [(Multiplier, expected_product), (Adder, expected_sum)]
)
def test_every_pair_of_a_small_format(fmt, unit, expected):
    pairs = list(product(range(1 << fmt.width), repeat=2))
    wanted = [expected(fmt, *pair) for pair in pairs]
    found = evaluate(unit(fmt), [{"a": a, "b": b} for a, b in pairs])
    assert found == wanted


@pytest.mark.full
@pytest.mark.parametrize(("unit", "numpy"), [(Multiplier, np.multiply), (Adder, np.add)])
def test_fp32_against_numpy(tmp_path, unit, numpy):
    rng = np.random.default_rng(5)
    count = 3000
    a, b = rng.integers(0, 2**32, (2, count), dtype=np.uint32)
    # Make half of the pairs close to each other, so that sums cancel and round.
    b[::2] = a[::2] + (rng.integers(-(2**25), 2**25, count // 2).astype(np.uint32) ^ 0x80000000)
    a[::5] &= 0x807FFFFF
    b[::15] &= 0x80FFFFFF
    x, y = a.view(np.float32), b.view(np.float32)
    with np.errstate(all="ignore"):
        results = numpy(x, y)
    wanted = np.where(np.isnan(results), np.uint32(0x7FC00000), results.view(np.uint32))
    fields = wanted >> 23 & 255
    assert {0, 255} <= set(fields.tolist())
    assert np.count_nonzero((fields == 0) & (wanted << 1 != 0)) > 5
    assert evaluate_by_icarus(tmp_path, unit(FLOATS["FP32"]), a, b) == wanted.tolist()


def test_every_sum_from_fixed_point():
    fmt = FloatFormat(3, 2)
    cases = list(product(range(-31, 32), range(-16, 16)))
    wanted = [
        nearest(fmt, fixed * Fraction(2) ** (exponent - 4), fixed < 0) for fixed, exponent in cases
    ]
    assert {0, fmt.infinity, 1} <= set(wanted)
    found = evaluate(FromFixed(fmt, 6, 5), [{"fixed": f, "exponent": e} for f, e in cases])
    assert found == wanted


def test_relu():
    fmt = FloatFormat(3, 2)
    found = evaluate(ReLU(fmt), [{"i": bits} for bits in range(64)])
    assert found == [*range(32), *[0] * 32]
