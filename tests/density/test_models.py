"""The analytic models against printed figures of the paper and an independent computation."""

from fractions import Fraction
from math import ceil, log2

import pytest

from hbfp_hw.density import (
    PAPER,
    dot_gain,
    dot_unit,
    element,
    float_dot_unit,
    float_element,
    mixed_gain,
    systolic_gain,
)
from hbfp_hw.density.tables import density

BLOCK_SIZES = (16, 25, 36, 49, 64, 256, 576)
DOT_PRODUCT = {
    4: "12.52 14.03 15.01 15.68 16.15 17.43 17.69",
    5: "10.02 10.95 11.55 11.94 12.21 12.92 13.07",
    6: "8.85 9.28 9.71 10.00 10.19 10.71 10.81",
    8: "6.14 6.50 6.72 6.85 6.94 7.18 7.23",
}
"""Gains over FP32, as printed in table 1 of version 2."""

TILES = (8, 16, 32, 64)
SYSTOLIC = {
    8: "7.90 1.63 8.28 1.71 8.43 1.74 8.45 1.75",
    6: "11.79 2.44 12.67 2.62 13.02 2.69 13.07 2.70",
    5: "14.12 2.92 15.40 3.18 15.92 3.29 15.99 3.31",
    4: "18.95 3.92 21.32 4.41 22.33 4.62 22.47 4.65",
}
"""Gains over FP32 and BF16 at each tile, as printed in version 3."""

MULTIPLIERS = {4: "30.86", 5: "53.22", 6: "69.50", 8: "122.72"}
ADDERS = {8: "16.77", 10: "21.38", 12: "26.00", 16: "35.24"}
TO_BF16 = {4: "91.37", 5: "102.30", 6: "113.48", 8: "136.93"}
CONVERTERS = {
    4: ("35.81", "136.3"),
    5: ("38.75", "137.3"),
    6: ("41.70", "156.9"),
    8: ("47.76", "167.8"),
}
FP32 = {"add": "485.27", "multiply": "1009.06", "accumulate": "864.84", "relu": "15.31"}
BF16 = {"add": "173.14", "multiply": "135.84", "accumulate": "365.59", "relu": "7.53"}


def interval(text):
    """Return the exact bounds of the values that round to this printed figure."""
    half = Fraction(1, 2 * 10 ** len(text.partition(".")[2]))
    return Fraction(text) - half, Fraction(text) + half


def dot_gain_interval(bits, size, baseline):
    """Return the exact bounds of a gain, from the bounds of all component areas."""
    bounds = []
    for side in (0, 1):
        other = 1 - side  # the lowest gain has the smallest baseline and the largest HBFP unit
        of = {name: interval(text) for name, text in baseline.items()}
        top = size * of["multiply"][side] + (size - 1) * of["add"][side]
        top += of["accumulate"][side] + of["relu"][side]
        slope, offset = (interval(text)[other] for text in CONVERTERS[bits])
        bottom = size * (interval(MULTIPLIERS[bits])[other] + slope) + offset
        bottom += (size - 1) * interval(ADDERS[2 * bits])[other] + interval(ADDERS[10])[other]
        bottom += sum(interval(text)[other] for text in (TO_BF16[bits], BF16["accumulate"]))
        bottom += interval(BF16["relu"])[other]
        bounds.append(top / bottom)
    return bounds


def cells(table, columns, per_column=1):
    """Return mantissa bits, column and printed figures of each cell of a table."""
    return [
        (bits, column, *texts[number * per_column : (number + 1) * per_column])
        for bits, row in table.items()
        for texts in [row.split()]
        for number, column in enumerate(columns)
    ]


@pytest.mark.parametrize(("bits", "size", "printed"), cells(DOT_PRODUCT, BLOCK_SIZES))
def test_dot_product_table(bits, size, printed):
    gain = dot_gain(PAPER, bits, size)
    low, high = dot_gain_interval(bits, size, FP32)
    assert low < Fraction(gain) < high
    if (bits, size) == (6, 16):
        # The paper's component areas exclude its own figure, in which two digits are swapped.
        assert high < interval(printed)[0]
        assert f"{gain:.2f}" == "8.58"
    elif (bits, size) == (4, 16):
        # The rounding of the printed component areas leaves both 12.52 and 12.53 possible.
        assert f"{gain:.4f}" == "12.5251"
        assert low < interval(printed)[1] < Fraction(gain)
    else:
        assert f"{gain:.2f}" == printed


@pytest.mark.parametrize(("bits", "tile", "fp32", "bf16"), cells(SYSTOLIC, TILES, 2))
def test_systolic_table(bits, tile, fp32, bf16):
    gains = [systolic_gain(PAPER, bits, tile, over=over) for over in ("FP32", "BF16")]
    assert [f"{gain:.2f}" for gain in gains] == [fp32, bf16]
    width = 2 * bits + ceil(log2(tile)) + 1
    # From 4 bits on, each bit of an adder adds 2.31 to its area, or 2.30 in one step.
    adder = float(ADDERS[16]) + 2.309 * (width - 16)
    area = float(MULTIPLIERS[bits]) + adder + float(BF16["add"]) / tile + 21.38 / tile**2
    for gain, of in zip(gains, (FP32, BF16), strict=True):
        again = (float(of["add"]) + float(of["multiply"])) / area
        assert gain == pytest.approx(again, rel=2e-4)


def test_headline_figures():
    assert f"{mixed_gain(17, 10):.2f}" == "16.98"
    assert f"{dot_gain(PAPER, 4, 64, over='BF16'):.2f}" == "3.36"
    assert f"{systolic_gain(PAPER, 4, 16):.1f}" == "21.3"
    assert f"{systolic_gain(PAPER, 4, 16, over='BF16'):.1f}" == "4.4"
    wide = [systolic_gain(PAPER, 4, 256, over=o, accumulator="FP32") for o in ("FP32", "BF16")]
    assert [f"{gain:.2f}" for gain in wide] == ["21.26", "4.40"]


def test_parts():
    """Compare each part with a calculation by hand, at a size that reveals a wrong count."""
    assert dot_unit(PAPER, 4, 3) == pytest.approx(
        {
            "multipliers": 3 * 30.86,
            "tree": 2 * 16.77,
            "exponent": 21.38,
            "to_float": 91.37,
            "accumulate": 365.59,
            "relu": 7.53,
            "convert": 3 * 35.81 + 136.3,
        }
    )
    assert float_dot_unit(PAPER, "FP32", 3) == pytest.approx(
        {"multipliers": 3 * 1009.06, "tree": 2 * 485.27, "accumulate": 864.84, "relu": 15.31}
    )
    assert element(PAPER, 4, 16) == pytest.approx(
        {
            "multiplier": 30.86,
            "adder": 28.31,
            "accumulate": 173.14 / 16,
            "exponent": 21.38 / 256,
        }
    )
    assert float_element(PAPER, "BF16") == {"multiplier": 135.84, "adder": 173.14}


@pytest.mark.parametrize(("tile", "width"), [(1, 9), (2, 10), (3, 11), (4, 11), (5, 12)])
def test_bit_growth_of_tiles_that_are_no_power_of_two(tile, width):
    assert element(PAPER, 4, tile)["adder"] == PAPER.adders[width]


def test_adders_beyond_the_table_lie_on_a_line():
    steps = [PAPER.adder(width + 1) - PAPER.adder(width) for width in range(17, 30)]
    assert steps == pytest.approx([steps[0]] * len(steps))
    assert steps[0] == pytest.approx(2.309, abs=1e-3)
    assert PAPER.adder(16) == 35.24


def test_tables_have_the_figures_of_the_models():
    tables = density(PAPER)
    assert len(tables["dot_product"]) == 7 * 7
    assert len(tables["systolic"]) == 7 * 4
    for row in tables["dot_product"]:
        key = row["mantissa_bits"], row["block_size"]
        assert row["gain_fp32"] == dot_gain(PAPER, *key)
        assert row["gain_bf16"] == dot_gain(PAPER, *key, over="BF16")
        assert row["area"] == sum(dot_unit(PAPER, *key).values())
    for row in tables["systolic"]:
        key = row["mantissa_bits"], row["tile"]
        assert row["gain_fp32"] == systolic_gain(PAPER, *key)
        assert row["gain_bf16"] == systolic_gain(PAPER, *key, over="BF16")
        assert row["area"] == sum(element(PAPER, *key).values())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: dot_unit(PAPER, 9, 4), ValueError, "Mantissa width must be 2 to 8, not 9"),
        (lambda: element(PAPER, 1, 4), ValueError, "Mantissa width must be 2 to 8, not 1"),
        (lambda: element(PAPER, 4.0, 4), TypeError, "Mantissa width must be an integer, not 4.0"),
        (lambda: dot_unit(PAPER, 4, 0), ValueError, "Block size must be 1 to 1024, not 0"),
        (
            lambda: float_dot_unit(PAPER, "FP32", 1025),
            ValueError,
            "Block size must be 1 to 1024, not 1025",
        ),
        (lambda: element(PAPER, 4, 0), ValueError, "Tile must be 1 to 1024, not 0"),
        (
            lambda: float_element(PAPER, "FP8"),
            ValueError,
            "Floating-point format must be one of BF16, FP16, FP32, not 'FP8'",
        ),
    ],
)
def test_bad_arguments(call, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        call()
