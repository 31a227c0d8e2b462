"""Values as text for people."""

from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.helpers.display import aligned, figure_lines, in_words, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (True, "yes"),
        (False, "no"),
        (17974, "17974"),
        (1.23456789, "1.23457"),
        (1e-9, "1e-09"),
        ("nearest", "nearest"),
        (Path("a/b.npy"), "a/b.npy"),
        ({"M": 50, "K": 200, "P": 30}, "M 50, K 200, P 30"),
        ([4, 6], "4 6"),
        ((1, None), "1 -"),
        ([[1, 2], [3, 4]], "1 2 / 3 4"),
        ({"a.exponent": [3], "nan": [True]}, "a.exponent 3, nan yes"),
        ([], "-"),
        ({}, "-"),
    ],
)
def test_in_words(value, text):
    assert in_words(value) == text


def test_what_is_no_plain_data_is_refused():
    with pytest.raises(TypeError, match=r"^Value must be plain data, not array\(\[1\]\)$"):
        in_words(np.array([1]))


def test_figures_without_value_are_left_out():
    assert figure_lines({"engine": "golden", "cycles": None, "macs": 8}, 8) == [
        "engine   golden",
        "macs     8",
    ]


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(None, 0, "-"), (1234567, 0, "1,234,567"), (1234.567, 1, "1,234.6"), (0.0, 2, "0.00")],
)
def test_number(value, digits, text):
    assert number(value, digits) == text


def test_aligned():
    rows = [["layer", "pass", "MACs"], ["stem", "forward", "12"], ["", "", ""]]
    assert aligned(rows) == ["layer     pass  MACs", "stem   forward    12", ""]
    assert aligned(rows, left=2) == ["layer  pass     MACs", "stem   forward    12", ""]
