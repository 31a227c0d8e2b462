"""Definition of a sweep: `hbfp` commands with their options, read from a TOML file."""

import argparse
import hashlib
import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hbfp_hw.helpers.toml_file import read_toml
from hbfp_hw.sweep.figures import KNOWN, is_known
from hbfp_hw.sweep.options import CommandOptions

COMMANDS = ("area", "cosim", "gemm", "explore", "workload", "density")
"""Commands that a sweep can run."""

TIMEOUT = 3600.0
"""Default time limit of a point, in seconds."""

LIMIT = 10_000
"""Most points in a sweep."""


@dataclass(frozen=True)
class SweepPoint:
    """One command with its options.

    Members:
        command: Name of the command.
        parameters: Options as the file gives them.
        words: Command line, without ``hbfp``.
        key: Hash of command, parameters and the content of the files that they name.
        swept: Names of the parameters that vary in the sweep.
        show: Names of the figures to print; None for the command's usual ones.
    """

    command: str
    parameters: dict[str, object]
    words: tuple[str, ...]
    key: str
    swept: tuple[str, ...]
    show: tuple[str, ...] | None


@dataclass(frozen=True)
class SweepSpec:
    """A sweep.

    Members:
        points: Points to run, without duplicates.
        timeout: Time limit of each point, in seconds.
    """

    points: tuple[SweepPoint, ...]
    timeout: float


def read_spec(path: Path, parsers: Mapping[str, argparse.ArgumentParser]) -> SweepSpec:
    """Read and check the file of a sweep. Paths in it are relative to its folder.

    Parameters:
        path: TOML file of the sweep.
        parsers: Parsers of the commands, by name.

    Raises:
        ValueError: The file does not define a sweep.
        OSError: The file cannot be read.
    """
    content = read_toml("Sweep", path)
    timeout = content.pop("timeout", TIMEOUT)
    if not _is_number(timeout) or not 0 < timeout < math.inf:
        raise ValueError(f"Time limit must be a number above 0, not {timeout!r}")
    known = [name for name in COMMANDS if name in parsers]
    tables = []
    for command, value in content.items():
        if command not in known:
            raise ValueError(f"Table must be one of {', '.join(known)} or timeout, not {command!r}")
        for table in value if isinstance(value, list) else [value]:
            if not isinstance(table, dict):
                raise ValueError(f"[{command}] must be a table, not {table!r}")
            tables.append(_Table(command, table))
    if not tables:
        raise ValueError(f"Sweep must have a table of {', '.join(known)}")
    if (count := sum(table.count for table in tables)) > LIMIT:
        raise ValueError(f"Points must be at most {LIMIT}, not {count}")
    options = {
        table.command: CommandOptions(table.command, parsers[table.command]) for table in tables
    }
    points: dict[str, SweepPoint] = {}
    for table in tables:
        for point in table.points(options[table.command], path.parent):
            points.setdefault(point.key, point)
    return SweepSpec(tuple(points.values()), float(timeout))


class _Table:
    """One table of the file: fixed options, and lists of options to combine.

    Members:
        lists: Values of each swept option.
        fixed: Values of all other options.
        show: Names of the figures to print; None for the usual ones.

    Raises:
        ValueError: The table is not valid.
    """

    def __init__(self, command: str, table: Mapping[str, object]):
        self.command = command
        self.fixed = {name: value for name, value in table.items() if name not in ("sweep", "show")}
        self.lists = self._read_lists(table.get("sweep", {}))
        self.show = None if table.get("show") is None else self._read_names(table["show"])
        if "sweep" in table and not self.lists:
            raise ValueError(f"[{command}.sweep] must have a list for an option of [{command}]")

    def _read_lists(self, lists: object) -> dict[str, list[object]]:
        command = self.command
        if not isinstance(lists, dict):
            raise ValueError(f"[{command}.sweep] must be a table, not {lists!r}")
        for name, values in lists.items():
            if name in self.fixed:
                raise ValueError(f"Option {name!r} of [{command}] must be given once, not twice")
            if not isinstance(values, list) or not values:
                raise ValueError(f"{name!r} of [{command}.sweep] must be a list, not {values!r}")
            # Compared as JSON, because 1 and True are equal in Python.
            if len({json.dumps(value, default=str) for value in values}) < len(values):
                raise ValueError(f"{name!r} of [{command}.sweep] must have each value once")
        return lists

    def _read_names(self, show: object) -> tuple[str, ...]:
        command = self.command
        if not (isinstance(show, list) and show and all(isinstance(name, str) for name in show)):
            raise ValueError(f"'show' of [{command}] must be a list of names, not {show!r}")
        for name in show:
            if not is_known(command, name):
                known = ", ".join(KNOWN[command])
                raise ValueError(f"'show' of [{command}] must be of {known}, not {name!r}")
        if len(set(show)) < len(show):
            raise ValueError(f"'show' of [{command}] must have each name once, not {show!r}")
        return tuple(show)

    @property
    def count(self) -> int:
        """Number of points."""
        return math.prod(map(len, self.lists.values()))

    def points(self, options: CommandOptions, folder: Path) -> list[SweepPoint]:
        """Return one point for each combination of the lists' values."""
        points = []
        for values in itertools.product(*self.lists.values()):
            parameters = self.fixed | dict(zip(self.lists, values, strict=True))
            words, files = options.words(parameters, folder)
            text = json.dumps([self.command, parameters, files], sort_keys=True)
            key = hashlib.sha256(text.encode()).hexdigest()[:24]
            points.append(
                SweepPoint(self.command, parameters, words, key, tuple(self.lists), self.show)
            )
        return points


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
