"""Completion of ``hbfp`` in a shell, by a script that shtab makes from the parsers."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hbfp_hw.helpers.files import folder_path

SHELLS = ("bash", "zsh", "tcsh")

UNIT = "unit"
"""Destination of the arguments that name units or configurations."""

FUNCTION = "_hbfp_units"
"""Name of the shell function that completes names of units and configurations."""

PREAMBLE = {
    "bash": f'{FUNCTION}() {{\n  compgen -W "{{names}}" -- "$1"\n}}',
    "zsh": f"{FUNCTION}() {{\n  compadd {{names}}\n}}",
}
"""Definition of :data:`FUNCTION` in each shell that has one; ``{names}`` stands for the names."""


class PrintCompletion(argparse.Action):
    """Print the script for a shell, and exit as ``--help`` does."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        parser._print_message(script(parser, str(values)) + "\n")
        parser.exit()


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return a script that completes commands, options, choices, files and units.

    Parameters:
        parser: The parser of the whole command line.
        shell: One of :data:`SHELLS`.
    """
    import shtab

    from hbfp_hw.generation.catalog import CATALOG
    from hbfp_hw.generation.registry import UNITS

    names = " ".join(sorted({*UNITS, *CATALOG}))
    for action in _actions(parser):
        if action.dest == UNIT:
            action.complete = dict.fromkeys(PREAMBLE, FUNCTION)  # type: ignore[attr-defined]
        elif action.type is folder_path:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif action.type is Path:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    preamble = PREAMBLE.get(shell, "").replace("{names}", names)
    return str(shtab.complete(parser, shell, preamble=preamble))


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """Return the actions of a parser and of its subparsers, after completing these."""
    actions = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                command.complete()
                actions += _actions(command)
        else:
            actions.append(action)
    return actions
