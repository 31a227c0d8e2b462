"""Values as text for people."""

from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.helpers.display import figure_lines, in_words


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
