"""What a sweep runs: commands of ``hbfp`` with their options, from a TOML file."""

import argparse
import hashlib
import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hbfp_hw.helpers.toml_file import read_toml
from hbfp_hw.sweep.figures import KNOWN, is_known
from hbfp_hw.sweep.options import CommandOptions

COMMANDS = ("area", "cosim", "gemm", "explore", "workload", "density")
"""Commands that a sweep can run."""

TIMEOUT = 3600.0
"""Seconds that a point may take by default."""

LIMIT = 10_000
"""Points that a sweep may have."""


@dataclass(frozen=True)
class SweepPoint:
    """One run of a command.

    Members:
        command: Its name.
        parameters: Options as the file gives them.
        words: Command line.
        key: Hash of command, parameters and the content of the files that they name.
        swept: Names of the parameters that vary.
        show: Figures of its result to print, None for the usual ones.
    """

    command: str
    parameters: dict[str, Any]
    words: tuple[str, ...]
    key: str
    swept: tuple[str, ...]
    show: tuple[str, ...] | None


@dataclass(frozen=True)
class SweepSpec:
    """A sweep.

    Members:
        points: What to run, each once.
        timeout: Seconds that each may take.
    """

    points: tuple[SweepPoint, ...]
    timeout: float


def read_spec(path: Path, parsers: Mapping[str, argparse.ArgumentParser]) -> SweepSpec:
    """Read and check the file of a sweep; paths in it are relative to its folder.

    Parameters:
        path: A TOML file.
        parsers: Parsers of the commands, by name.

    Raises:
        ValueError: If the file is not that of a sweep.
        OSError: If it cannot be read.
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
    """The points of one table: its options, with every combination of those in ``sweep``."""

    def __init__(self, command: str, table: dict[str, Any]):
        self.command = command
        self.fixed = dict(table)
        self.lists = self.fixed.pop("sweep", {})
        self.show = self.fixed.pop("show", None)
        if not isinstance(self.lists, dict):
            raise ValueError(f"[{command}.sweep] must be a table, not {self.lists!r}")
        for name, values in self.lists.items():
            if name in self.fixed:
                raise ValueError(f"Option {name!r} of [{command}] must be given once, not twice")
            if not isinstance(values, list) or not values:
                raise ValueError(f"{name!r} of [{command}.sweep] must be a list, not {values!r}")
            # Written out, as 1 and true are equal in Python.
            if len({json.dumps(value, default=str) for value in values}) < len(values):
                raise ValueError(f"{name!r} of [{command}.sweep] must have each value once")
        if self.show is not None and not (
            isinstance(self.show, list) and self.show and all(isinstance(x, str) for x in self.show)
        ):
            raise ValueError(f"'show' of [{command}] must be a list of names, not {self.show!r}")
        for name in self.show or ():
            if not is_known(command, name):
                known = ", ".join(KNOWN[command])
                raise ValueError(f"'show' of [{command}] must be of {known}, not {name!r}")
        if len(set(self.show or ())) < len(self.show or ()):
            raise ValueError(f"'show' of [{command}] must have each name once, not {self.show!r}")
        if "sweep" in table and not self.lists:
            raise ValueError(f"[{command}.sweep] must have a list for an option of [{command}]")

    @property
    def count(self) -> int:
        return math.prod(map(len, self.lists.values()))

    def points(self, options: CommandOptions, folder: Path) -> list[SweepPoint]:
        show = None if self.show is None else tuple(self.show)
        points = []
        for values in itertools.product(*self.lists.values()):
            parameters = self.fixed | dict(zip(self.lists, values, strict=True))
            words, files = options.words(parameters, folder)
            text = json.dumps([self.command, parameters, files], sort_keys=True)
            key = hashlib.sha256(text.encode()).hexdigest()[:24]
            points.append(SweepPoint(self.command, parameters, words, key, tuple(self.lists), show))
        return points


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
