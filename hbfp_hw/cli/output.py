"""What the commands share in talking to people, programs and files."""

import argparse
import json
import os
from pathlib import Path
from typing import Any


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


def report(options: argparse.Namespace, result: dict[str, Any], lines: list[str]) -> None:
    """Print a result for a program or for a person."""
    print(json.dumps(result) if options.json else "\n".join(lines))


def check_writable(folder: Path) -> None:
    """Raise unless files can be made in a folder, which may not exist yet."""
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise BadInput(f"Output folder must be a folder that can be written, not '{folder}'")
