"""Values as people read them, wherever a command or a page shows some."""

from collections.abc import Mapping
from pathlib import PurePath

NOTHING = "-"
"""Stands for a value that there is none of."""


def in_words(value: object) -> str:
    """Return a value as words and numbers, without the brackets and quotes of Python.

    A mapping is its names, each with its value; a list its values; a list of lists has ``/``
    between the inner ones. Floats have six significant digits.
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
    """Return a line for each figure, its name in so many columns; those without value are left out.

    Parameters:
        figures: Values by their names.
        width: Columns of the names.
    """
    return [
        f"{name:{width}} {in_words(value)}" for name, value in figures.items() if value is not None
    ]
