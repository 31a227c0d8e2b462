"""The statements of docs/compared.md on MXINT8 and HBFPEmulator, on blocks of every kind.

Both rules are written anew from their sources: the OCP Microscaling specification, with the type of
its scale from ml_dtypes, and ``bfp/bfp_ops.py`` of HBFPEmulator, in PyTorch.
"""

import ml_dtypes
import numpy as np
import pytest
import torch

from hbfp_hw import HBFPFormat, convert

MXINT8 = HBFPFormat(8, 32)
BLOCKS = 20_000


def draw_blocks(rng, total, size):
    """Return blocks of FP32 numbers for each kind."""
    plain = rng.standard_normal((total, size)).astype(np.float32)
    spread = plain * np.exp2(rng.integers(-120, 120, (total, 1))).astype(np.float32)
    near = plain / np.abs(plain).max(axis=1, keepdims=True) * np.float32(0.9)
    steps = rng.integers(-3, 4, total)
    near[:, 0] = (np.float32(1).view(np.uint32) + steps).astype(np.uint32).view(np.float32)
    near = np.ldexp(near, rng.integers(-100, 100, (total, 1))).astype(np.float32)
    subnormal = rng.integers(0, 1 << 23, (total, size), np.uint32).view(np.float32)
    subnormal[:, 0] = rng.integers(1, 1 << 23, total, np.uint32).view(np.float32)
    ties = (rng.integers(-255, 256, (total, size)) / 2).astype(np.float32)
    ties[:, 0] = 127
    huge = plain / np.abs(plain).max(axis=1, keepdims=True) * np.float32(2.0**127)
    huge[:, 1] = rng.choice(np.array([1.5 * 2.0**127, np.finfo(np.float32).max], np.float32), total)
    special = plain.copy()
    place = rng.integers(0, size, total)
    special[np.arange(total), place] = rng.choice([np.nan, np.inf, -np.inf], total)
    return {
        "spread": spread,
        "near a power of two": near,
        "subnormal": subnormal,
        "ties": ties,
        "huge": huge,
        "zeros": np.zeros((10, size), np.float32),
        "special": special,
    }


def convert_to_mxint8(values):
    """Return scales (float8_e8m0fnu), elements and unrounded elements, computed in float64."""
    finite = np.isfinite(values).all(axis=1)
    x = np.where(finite[:, np.newaxis], values, 0).astype(np.float64)
    maximum = np.abs(x).max(axis=1)
    # The specification leaves the scale of a block of zeros open.
    exponent = np.frexp(np.where(maximum == 0, 2.0**-126, maximum))[1] - 1
    scale = np.where(finite, np.ldexp(1.0, np.maximum(exponent, -127)), np.nan)
    scales = scale.astype(ml_dtypes.float8_e8m0fnu)
    ratio = x / np.where(finite, scales.astype(np.float64), 1)[:, np.newaxis] * 64
    return scales, np.clip(np.rint(ratio), -127, 127).astype(np.int8), ratio


def test_mxint8():
    """All bytes are equal, but a subnormal maximum has a higher scale in hbfp_hw."""
    kinds = draw_blocks(np.random.default_rng(1), BLOCKS, 32)
    assert sum(map(len, kinds.values())) == 120_010
    for kind, values in kinds.items():
        scales, elements, ratio = convert_to_mxint8(values)
        found = convert(values.ravel(), MXINT8)
        nan = found.exponents == MXINT8.nan_exponent
        scale_bytes = np.where(nan, 255, found.exponents + 126)
        expected_bytes = scales.view(np.uint8).astype(int)
        if kind == "subnormal":
            assert set(scale_bytes) == {1}
            assert set(expected_bytes) == {0}
            assert np.any(found.mantissas != elements)
            continue
        assert np.array_equal(scale_bytes, expected_bytes), kind
        assert np.array_equal(found.mantissas, elements), kind
        if kind == "special":
            assert nan.all()
            assert not elements.any()
        if kind == "ties":
            assert np.count_nonzero(ratio % 1 == 0.5) > BLOCKS
        if kind == "near a power of two":
            assert np.count_nonzero(np.abs(ratio) > 127.5) > BLOCKS // 4  # saturates
        if kind == "huge":
            assert set(expected_bytes) == {254}


def test_values_of_mxint8():
    values = draw_blocks(np.random.default_rng(2), 100, 32)["spread"]
    scales, elements, _ = convert_to_mxint8(values)
    found = convert(values.ravel(), MXINT8)
    expected = scales.astype(np.float64)[:, np.newaxis] * (elements / 64)
    assert np.array_equal(MXINT8.dequantise(found.mantissas, found.exponents), expected)


def emulate(values, fmt, epsilon):
    """Return exponents and values by HBFPEmulator's rule, ties to even; ``mant_bits`` is m - 1."""
    x = torch.from_numpy(values)
    largest = x.abs().amax(dim=1, keepdim=True)
    exponent = torch.ceil(torch.log2(largest + epsilon))
    unit = torch.pow(2.0, exponent - fmt.fraction_bits)
    limit = torch.pow(2.0, exponent) - unit
    result = torch.minimum(torch.maximum((x / unit).round() * unit, -limit), limit)
    return exponent[:, 0].numpy(), result.numpy()


@pytest.mark.parametrize("bits", [4, 6, 8])
def test_emulator(bits):
    """Values are equal except in the cases that the page lists, and each of these occurs."""
    fmt = HBFPFormat(bits, 16)
    kinds = draw_blocks(np.random.default_rng(bits), BLOCKS // 4, 16)
    assert sum(map(len, kinds.values())) == 90_030 // 3
    for kind, values in kinds.items():
        exponent, emulated = emulate(values, fmt, 0.0)
        found = convert(values.ravel(), fmt)
        here = fmt.dequantise(found.mantissas, found.exponents).astype(np.float32)
        equal = np.array([np.array_equal(a, b) for a, b in zip(here, emulated, strict=True)])
        maximum = np.abs(values).max(axis=1).astype(np.float64)
        if kind in ("zeros", "special"):
            assert np.isnan(emulated).all()
            assert np.isnan(here).all() == (kind == "special")
        elif kind == "subnormal":
            assert np.all(found.exponents == -125)
            assert np.all(exponent <= -125)
            assert not equal.all()
        elif kind == "huge":
            assert np.isinf(emulated).any()
            assert not np.isinf(here).any()
        elif kind == "near a power of two":
            with np.errstate(all="ignore"):
                above = maximum / np.exp2(np.floor(np.log2(maximum)))
            lower = exponent == found.exponents - 1
            assert np.array_equal(lower, exponent != found.exponents)
            assert np.all(lower[above == 1])  # powers of two
            assert np.any(lower[(above > 1) & (above < 1.1)])  # within the resolution of log2
            assert np.all(above[lower] < 1.0001)
            assert np.array_equal(equal, ~lower)
        else:
            assert kind in ("spread", "ties")
            assert equal.all(), kind


def test_epsilon_of_the_emulator():
    """Its default epsilon keeps exponents at -26 or above and raises those of powers of two.

    The latter holds from 2**-3 down.
    """
    fmt = HBFPFormat(4, 2)
    powers = np.exp2(np.arange(-60, 20)).astype(np.float32)
    values = np.stack([powers, np.zeros_like(powers)], axis=1)
    exponent, _ = emulate(values, fmt, 1e-8)
    here = convert(values.ravel(), fmt).exponents
    assert exponent.min() == -26
    raised = (powers <= 2.0**-3) & (powers > 2.0**-26)
    assert np.array_equal(exponent[raised], here[raised])
    assert np.array_equal(exponent[powers > 2.0**-3], here[powers > 2.0**-3] - 1)
