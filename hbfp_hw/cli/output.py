"""What the commands share in talking to people, programs and files."""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hbfp_hw.helpers.files import naming

STANDARD_OUTPUT = "standard output"
"""Name of the file in errors."""


class BadInput(Exception):
    """What a user gave cannot be used; the message says what must be given, in one line."""


def add_command(
    commands: Any, name: str, help_text: str, examples: list[str]
) -> argparse.ArgumentParser:
    """A subcommand with examples in its help and the option ``--json``."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help_text,
        description=help_text[0].upper() + help_text[1:] + ".",
        epilog="examples:\n" + "\n".join(f"  {example}" for example in examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object, and nothing else, on stdout"
    )
    return parser


def refuse_without_effect(options: argparse.Namespace, names: Sequence[str], needed: str) -> None:
    """Raise ``BadInput`` for an option that is given but changes nothing.

    Parameters:
        options: The parsed options; None stands for one that is not given.
        names: Destinations of the options that have no effect here.
        needed: The options with which they have one, for the message.
    """
    for name in names:
        if getattr(options, name) is not None:
            raise BadInput(f"Option --{name.replace('_', '-')} must go with {needed}")


def one_line(text: str) -> str:
    """The text with all that is not printable escaped: line breaks, and bytes that are no text."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def complain(message: str) -> None:
    """Print one line for a person on standard error."""
    print(one_line(message), file=sys.stderr)


def report(options: argparse.Namespace, result: Mapping[str, object], lines: list[str]) -> None:
    """Print a result for a program or for a person."""
    say(json.dumps(result) if options.json else "\n".join(map(one_line, lines)))


def say(text: str) -> None:
    """Print on standard output; an error names it."""
    with naming(STANDARD_OUTPUT):
        print(text, flush=True)


def check_output_folder(folder: Path) -> None:
    """Raise unless files can be made in a folder, which may not exist yet."""
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
    """Raise unless a file can be written, in a folder that exists."""
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


def unwritable(path: Path, error: OSError) -> BadInput:
    """The complaint about an output that the system refuses."""
    return BadInput(f"Output must be a file that can be written: {path}: {error.strerror}")
