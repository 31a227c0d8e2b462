"""The syntax of Liberty files."""

import pytest

from hbfp_hw.ppa.liberty_text import parse_liberty, parse_number

TEXT = r"""
/* a comment
   of two lines */
library (demo) {
  time_unit : "1ns"; // after an attribute
  capacitive_load_unit(1, pf);
  wire : 1 + 2;
  cell ("A") {
    area : 2.5
    ;;
    pin(X, Y) { values("1, 2", \
      "3, 4"); }
  }
  cell(B) { function : "A \
B"; }
}
"""


def test_groups_and_attributes() -> None:
    library = parse_liberty(TEXT)
    assert (library.kind, library.names) == ("library", ["demo"])
    assert library.attributes == {
        "time_unit": ["1ns"],
        "capacitive_load_unit": ["1", "pf"],
        "wire": ["1 + 2"],
    }
    first, second = library.of_kind("cell")
    assert (first.names, first.attributes) == (["A"], {"area": ["2.5"]})
    (pin,) = first.groups
    assert (pin.names, pin.attributes) == (["X", "Y"], {"values": ["1, 2", "3, 4"]})
    assert second.text("function") == "A  B"


def test_kinds_keep_the_order_of_the_file() -> None:
    library = parse_liberty("library(x) { a(1) {} b(2) {} c(3) {} a(4) {} }")
    assert [group.names[0] for group in library.of_kind("a", "b")] == ["1", "2", "4"]


def test_defaults() -> None:
    library = parse_liberty('library(x) { n : 4; t : "v"; }')
    assert (library.number("n"), library.number("m"), library.number("m", 3.0)) == (4.0, 0.0, 3.0)
    assert (library.text("t"), library.text("u"), library.text("u", "w")) == ("v", "", "w")


def test_line_ends_of_windows() -> None:
    assert parse_liberty(TEXT.replace("\n", "\r\n")) == parse_liberty(TEXT)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("library(x) {\n a : 1;\n", 3),
        ("library(x) {\n a : 1\n b : 2; }", 3),
        ('library(x) {\n a : "open; }', 2),
        ("library(x) { pin(A {} }", 1),
        ("library(x) { pin(A;", 1),
        ("library x", 1),
        ("{", 1),
        ("", 1),
    ],
)
def test_error_names_the_line(text: str, line: int) -> None:
    message = f"Liberty file must have its usual syntax; line {line} has not"
    with pytest.raises(ValueError, match=f"^{message}$"):
        parse_liberty(text)


@pytest.mark.parametrize("text", ["cell(x) { }", "name : value;"])
def test_file_begins_with_a_library(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"^Liberty file must begin with a group library\(\.\.\.\)"
    ):
        parse_liberty(text)


def test_numbers() -> None:
    assert parse_number("-1.5e-3") == -0.0015
    with pytest.raises(
        ValueError, match=r"^Value in a Liberty file must be a number, not '1\.2x'$"
    ):
        parse_number("1.2x")
