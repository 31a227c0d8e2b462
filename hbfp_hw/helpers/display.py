"""Values as text for people, in the output of commands and on pages."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath

NOTHING = "-"
"""Text for a missing value."""


def in_words(value: object) -> str:
    """Return a value as words and numbers, without the brackets and quotes of Python.

    A mapping becomes names with values, separated by commas. The values of a list are separated by
    spaces, inner lists by ``/``. Floats have six significant digits.

    Raises:
        TypeError: The value is not plain data.
    """
    match value:
        case None:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.6g}"
        case str() | int() | PurePath():
            return str(value)
        case Mapping():
            return ", ".join(f"{name} {in_words(each)}" for name, each in value.items()) or NOTHING
        case list() | tuple():
            between = " / " if any(isinstance(each, list | tuple) for each in value) else " "
            return between.join(map(in_words, value)) or NOTHING
    raise TypeError(f"Value must be plain data, not {value!r}")


def figure_lines(figures: Mapping[str, object], width: int) -> list[str]:
    """Return a line with name and value for each figure that is not None.

    Parameters:
        figures: Values by name.
        width: Columns that the names are padded to.
    """
    return [
        f"{name:{width}} {in_words(value)}" for name, value in figures.items() if value is not None
    ]


def number(value: float | None, digits: int = 0) -> str:
    """Return a number with thousands separators, or a dash for None."""
    return NOTHING if value is None else f"{value:,.{digits}f}"


def aligned(rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
    """Return the lines of a table, one per row.

    Parameters:
        rows: Cells of the table; every row has the same number.
        left: First columns that are aligned to the left. The others are aligned to the right.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            text.ljust(width) if column < left else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
