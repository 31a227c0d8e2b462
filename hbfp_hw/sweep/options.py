"""Command lines of points, made from names and values of a command's options."""

import argparse
import contextlib
import hashlib
import io
import os
from collections.abc import Mapping
from pathlib import Path

from hbfp_hw.helpers.files import folder_path

WRITING = ("output", "resume", "waves", "trace", "plot", "save-failing")
"""Options for output files. A sweep refuses them, because all points would write the same file."""


class CommandOptions:
    """The options of a command that a sweep may set.

    An option is called by its long form without the dashes. A positional argument is called by its
    destination in the parser: ``unit`` for units and configurations, ``x`` for ``X.npy``.

    Parameters:
        command: Name of the command.
        parser: Parser of the command.
    """

    def __init__(self, command: str, parser: argparse.ArgumentParser):
        self.command = command
        self._parser = parser
        self._actions = {_name(action): action for action in parser._actions}
        for name in ("help", "json", *WRITING):
            self._actions.pop(name, None)
        self._hashes: dict[Path, str] = {}

    def words(
        self, parameters: Mapping[str, object], folder: Path
    ) -> tuple[tuple[str, ...], dict[str, list[str]]]:
        """Return the command line of these parameters, and the hashes of the files they name.

        Parameters:
            parameters: Values by the names of options; True or False for an option without value.
            folder: Folder that paths are relative to.

        Raises:
            ValueError: The command does not take these parameters.
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
                # The sweep's file is UTF-8, and file names are in the locale's encoding.
                paths = [(folder / os.fsdecode(text.encode())).absolute() for text in texts]
                files[name] = [self._hash(path) for path in paths]
                texts = [str(path) for path in paths]
            if not action.option_strings:
                positional += texts
            elif len(texts) == 1:
                # Option and value are one word, because the value may begin with a dash.
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
        """Return the values of an option as words, or None to leave the option out."""
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
        # TOML reads an integer written as 1e6 as a float.
        whole = [int(one) if isinstance(one, float) and one.is_integer() else one for one in values]
        return [str(one) for one in whole]

    def _hash(self, path: Path) -> str:
        """Return the hash of a file's content; an empty string for a folder."""
        if path.is_dir():
            return ""
        if path not in self._hashes:
            if not path.is_file():
                raise ValueError(f"File of [{self.command}] must exist, not '{path}'")
            with path.open("rb") as file:
                self._hashes[path] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._hashes[path]

    def _check(self, words: tuple[str, ...]) -> None:
        """Raise unless the command's parser accepts the words."""
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said):
                self._parser.parse_args(words)
        except SystemExit:
            message = said.getvalue().strip().removeprefix(f"{self._parser.prog}: ")
            raise ValueError(f"[{self.command}] {message}") from None


def _name(action: argparse.Action) -> str:
    """Return the name of an option or a positional argument in a sweep."""
    if action.option_strings:
        return action.option_strings[-1].lstrip("-")
    return action.dest
