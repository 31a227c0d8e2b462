"""Messages, results and output paths, the same for every command."""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hbfp_hw.helpers.files import naming

STANDARD_OUTPUT = "standard output"
"""Name of the file in error messages."""

PLOT_SUFFIXES = (".svg", ".png")
"""Ends of the names of plot files, which decide the kind of the drawing."""


class BadInput(Exception):
    """Input that cannot be used. The message says in one line what must be given."""


def refuse_without_effect(options: argparse.Namespace, names: Sequence[str], needed: str) -> None:
    """Raise ``BadInput`` for an option that is given but changes nothing.

    Parameters:
        options: The parsed options. An option that is not given is None.
        names: Destinations of the options that have no effect here.
        needed: Options with which they would have an effect, for the message.
    """
    for name in names:
        if getattr(options, name) is not None:
            raise BadInput(f"Option --{name.replace('_', '-')} must go with {needed}")


def one_line(text: str) -> str:
    """Return the text with unprintable characters escaped, line breaks included."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def complain(message: str) -> None:
    """Print a message on standard error, in one line."""
    print(one_line(message), file=sys.stderr)


def report(options: argparse.Namespace, result: Mapping[str, object], lines: list[str]) -> None:
    """Print a result: as JSON with ``--json``, otherwise as lines of text."""
    say(json.dumps(result) if options.json else "\n".join(map(one_line, lines)))


def say(text: str) -> None:
    """Print on standard output. An ``OSError`` that this raises names standard output."""
    with naming(STANDARD_OUTPUT):
        print(text, flush=True)


def check_output_folder(folder: Path) -> None:
    """Raise ``BadInput`` unless files can be written in a folder, which need not exist yet."""
    try:
        existing = folder
        while not existing.exists() and existing != existing.parent:
            existing = existing.parent
        usable = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
    except OSError as error:
        raise unwritable(folder, error) from None
    if not usable:
        raise BadInput(f"Output folder must be a folder that can be written, not '{folder}'")


def check_output_file(path: Path) -> None:
    """Raise ``BadInput`` unless a file can be written, in a folder that exists."""
    try:
        if path.is_dir():
            raise BadInput(f"Output must be a file, not the folder '{path}'")
        if not path.parent.is_dir():
            raise BadInput(f"Output must be in a folder that exists, not '{path.parent}'")
        usable = not path.exists() or os.access(path, os.W_OK)
        if path.is_file() or not path.exists():
            usable &= os.access(path.parent, os.W_OK | os.X_OK)
    except OSError as error:
        raise unwritable(path, error) from None
    if not usable:
        raise BadInput(f"Output must be a file that can be written, not '{path}'")


def check_plot_file(path: Path) -> None:
    """Raise ``BadInput`` unless a plot can be written: SVG or PNG, in a folder that exists."""
    if path.suffix not in PLOT_SUFFIXES:
        raise BadInput(f"Plot must be a .svg or .png file, not '{path}'")
    check_output_file(path)


def unwritable(path: Path, error: OSError) -> BadInput:
    """Return the error for an output that the operating system refuses."""
    return BadInput(f"Output must be a file that can be written: {path}: {error.strerror}")
