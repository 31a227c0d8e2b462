"""Points of a study, each kept as soon as it is known."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hbfp_hw.helpers.files import naming, write_whole
from hbfp_hw.training.errors import BadCheckpoint

Point = dict[str, Any]


class PointFile:
    """A file with a line of JSON for each point, in the order in which they are computed.

    A line that was not written to its end is dropped, and its point computed again: a study whose
    order is always the same leaves the same file, however often it is interrupted.

    Parameters:
        path: The file; None keeps the points in memory.
        names: What a point has, in what it is about and in its values.
        resume: Whether to go on from a file, if there is one, else it is overwritten.

    Raises:
        BadCheckpoint: The file is not one of points.
        OSError: It cannot be read or written.
    """

    def __init__(self, path: Path | None, names: Sequence[str], *, resume: bool):
        self._path = path
        self._points: dict[str, dict[str, Point]] = {}
        if path is None:
            return
        content = path.read_bytes() if resume and path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        try:
            for line in whole.decode().splitlines():
                point = json.loads(line)
                of, values = dict(point["of"]), dict(point["values"])
                if sorted(of | values) != sorted(names):
                    raise ValueError(f"names are {sorted(of | values)}")
                self._points[_name(of)] = {"of": of, "values": values}
        except (ValueError, TypeError, LookupError):
            raise BadCheckpoint(f"Points must be lines of hbfp explore, not '{path}'") from None
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, whole)

    def has(self, of: Mapping[str, Any]) -> bool:
        """Whether the point is known."""
        return _name(of) in self._points

    def add(self, of: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Keep a new point.

        Parameters:
            of: What it is about: plain values, which tell it from all others.
            values: What was found.
        """
        point = {"of": dict(of), "values": dict(values)}
        self._points[_name(of)] = point
        if self._path is not None:
            with naming(self._path), self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(point, allow_nan=False) + "\n")

    def all(self) -> list[Point]:
        """All points, in the order in which they were computed, as flat dictionaries."""
        return [point["of"] | point["values"] for point in self._points.values()]


def _name(of: Mapping[str, Any]) -> str:
    return json.dumps(of, sort_keys=True)
