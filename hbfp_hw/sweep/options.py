"""Options of a command, from their names and values to words of its command line."""

import argparse
import contextlib
import hashlib
import io
import os
from pathlib import Path
from typing import Any

from hbfp_hw.helpers.files import folder_path

WRITING = ("output", "resume", "waves", "trace", "plot", "save-failing")
"""Options about files to be written, which all points would share."""


class CommandOptions:
    """The options of a command that a sweep may give.

    An option has the name of its long form without the dashes, a positional argument that of its
    value: ``unit`` for the units and configurations, ``x`` for ``X.npy``.

    Parameters:
        command: Name of the command.
        parser: Its parser.
    """

    def __init__(self, command: str, parser: argparse.ArgumentParser):
        self.command = command
        self._parser = parser
        self._actions = {_name(action): action for action in parser._actions}
        for name in ("help", "json", *WRITING):
            self._actions.pop(name, None)
        self._hashes: dict[Path, str] = {}

    def words(
        self, parameters: dict[str, Any], folder: Path
    ) -> tuple[tuple[str, ...], dict[str, list[str]]]:
        """The command line of these parameters, and hashes of the files that they name.

        Parameters:
            parameters: Values by the names of options: true or false where an option has none.
            folder: What paths are relative to.

        Raises:
            ValueError: If the command does not take them.
        """
        for name in parameters:
            if name not in self._actions:
                known = ", ".join(self._actions)
                raise ValueError(f"Option of [{self.command}] must be one of {known}, not {name!r}")
        named: list[str] = []
        positional: list[str] = []
        files: dict[str, list[str]] = {}
        for name, action in self._actions.items():
            if name not in parameters:
                if not action.option_strings and action.required:
                    raise ValueError(f"[{self.command}] must have {name!r}")
                continue
            texts = self._texts(name, parameters[name], action)
            if texts is None:
                continue
            if action.type in (Path, folder_path):
                # The file is UTF-8; names of files are as the locale has them.
                paths = [(folder / os.fsdecode(text.encode())).absolute() for text in texts]
                files[name] = [self._hash(path) for path in paths]
                texts = [str(path) for path in paths]
            if not action.option_strings:
                positional += texts
            elif len(texts) == 1:
                # In one word, as a value may begin with a dash.
                option = action.option_strings[-1]
                named.append(
                    f"{option}={texts[0]}" if option.startswith("--") else option + texts[0]
                )
            else:
                named += [action.option_strings[-1], *texts]
        words = (*named, "--json", "--", *positional)
        self._check(words)
        return (self.command, *words), files

    def _texts(self, name: str, value: object, action: argparse.Action) -> list[str] | None:
        """Values of an option as words; none of an option without a value, None to leave it out."""
        if action.nargs == 0:
            if not isinstance(value, bool):
                raise ValueError(
                    f"{name!r} of [{self.command}] must be true or false, not {value!r}"
                )
            return [] if value else None
        many = action.nargs in ("+", "*") and action.option_strings
        values = value if many and isinstance(value, list) else [value]
        for one in values:
            usable = isinstance(one, str | int | float) and not isinstance(one, bool)
            if not usable or "\0" in str(one):
                raise ValueError(
                    f"{name!r} of [{self.command}] must be a number or a text, not {one!r}"
                )
        # Whole numbers may be written 1e6, which TOML makes a float.
        whole = [int(one) if isinstance(one, float) and one.is_integer() else one for one in values]
        return [str(one) for one in whole]

    def _hash(self, path: Path) -> str:
        """Hash of a file; a folder counts by its name alone."""
        if path.is_dir():
            return ""
        if path not in self._hashes:
            if not path.is_file():
                raise ValueError(f"File of [{self.command}] must exist, not '{path}'")
            with path.open("rb") as file:
                self._hashes[path] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._hashes[path]

    def _check(self, words: tuple[str, ...]) -> None:
        """Raise unless the command's parser takes the words."""
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said):
                self._parser.parse_args(words)
        except SystemExit:
            message = said.getvalue().strip().removeprefix(f"{self._parser.prog}: ")
            raise ValueError(f"[{self.command}] {message}") from None


def _name(action: argparse.Action) -> str:
    """Name of an option in a sweep."""
    if action.option_strings:
        return action.option_strings[-1].lstrip("-")
    return action.dest
