"""Boolean functions of Liberty files."""

import re
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from hbfp_hw.ppa.expressions import parse_function

PINS = ("A", "B", "C", "D")
ROWS = list(product((False, True), repeat=len(PINS)))

EXPRESSIONS: dict[str, Callable[[bool, bool, bool, bool], bool]] = {
    "A": lambda a, b, c, d: a,
    "!A": lambda a, b, c, d: not a,
    "A'": lambda a, b, c, d: not a,
    "!A'": lambda a, b, c, d: a,
    "A''": lambda a, b, c, d: a,
    "!!A": lambda a, b, c, d: a,
    "A & B": lambda a, b, c, d: a and b,
    "A*B": lambda a, b, c, d: a and b,
    "A B": lambda a, b, c, d: a and b,
    "A | B": lambda a, b, c, d: a or b,
    "A+B": lambda a, b, c, d: a or b,
    "A ^ B": lambda a, b, c, d: a != b,
    "A ^ B C": lambda a, b, c, d: (a != b) and c,
    "A B ^ C": lambda a, b, c, d: a and (b != c),
    "A | B & C": lambda a, b, c, d: a or (b and c),
    "A B | C D": lambda a, b, c, d: (a and b) or (c and d),
    "A ^ B ^ C | D": lambda a, b, c, d: ((a != b) != c) or d,
    "!(A + B C)'": lambda a, b, c, d: a or (b and c),
    "(A|B)(C|D)": lambda a, b, c, d: (a or b) and (c or d),
    "!(A & B) | (!C D')": lambda a, b, c, d: (not (a and b)) or (not c and not d),
    "A & 1": lambda a, b, c, d: a,
    "A ^ 1 | 0": lambda a, b, c, d: not a,
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_value_in_every_row(text: str) -> None:
    function, pins = parse_function(text)
    columns = np.packbits(np.array(ROWS).T, axis=1, bitorder="little")
    words = np.zeros((len(PINS), 8), np.uint8)
    words[:, : columns.shape[1]] = columns
    result = function(dict(zip(PINS, words.view(np.uint64), strict=True)))
    found = np.unpackbits(result.view(np.uint8), bitorder="little")[: len(ROWS)].astype(bool)
    np.testing.assert_array_equal(found, [EXPRESSIONS[text](*row) for row in ROWS])
    assert pins == {pin for pin in PINS if pin in text}


def test_functions_take_several_words() -> None:
    function, _ = parse_function("!A & B")
    values = {"A": np.array([5, 0], np.uint64), "B": np.array([7, 9], np.uint64)}
    np.testing.assert_array_equal(function(values), np.array([2, 9], np.uint64))


def test_pins_may_have_an_index() -> None:
    _, pins = parse_function("A[3] + _b")
    assert pins == {"A[3]", "_b"}


@pytest.mark.parametrize(
    "text", ["", "A &", "(A", "A)", "& A", "A | | B", "A ^", "A % B", "!", "'A"]
)
def test_error_names_the_text(text: str) -> None:
    message = f"Function of a pin must be a Boolean expression, not {text!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_function(text)
