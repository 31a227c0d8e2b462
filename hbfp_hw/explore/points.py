"""Points of a study, each written to a file as soon as it is known."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from hbfp_hw.helpers.files import naming, write_whole
from hbfp_hw.training.errors import BadCheckpoint

Values = Mapping[str, object]


class PointFile:
    """A file with one line of JSON per point, in the order of computation.

    An incomplete last line is dropped and its point computed again. A study that always computes in
    the same order therefore leaves the same file, however often it is interrupted.

    Parameters:
        path: The file; None to keep the points in memory.
        names: Names that every point has, in its key and its values together.
        resume: Whether to keep the points of an existing file; otherwise it is overwritten.

    Raises:
        BadCheckpoint: The file is not a file of such points.
        OSError: The file cannot be read or written.
    """

    def __init__(self, path: Path | None, names: Sequence[str], *, resume: bool):
        self._path = path
        self._points: dict[str, dict[str, object]] = {}
        if path is None:
            return
        content = path.read_bytes() if resume and path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        try:
            for line in whole.decode().splitlines():
                point = json.loads(line)
                key, values = dict(point["of"]), dict(point["values"])
                if sorted(key | values) != sorted(names):
                    raise ValueError(f"names are {sorted(key | values)}")
                self._points[_text(key)] = key | values
        except (ValueError, TypeError, LookupError):
            raise BadCheckpoint(f"Points must be lines of hbfp explore, not '{path}'") from None
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, whole)

    def has(self, key: Values) -> bool:
        """Return whether the point with this key is known."""
        return _text(key) in self._points

    def add(self, key: Values, values: Values) -> None:
        """Keep a new point.

        Parameters:
            key: Plain values that distinguish the point from all others.
            values: Results at this point.
        """
        self._points[_text(key)] = {**key, **values}
        if self._path is not None:
            line = json.dumps({"of": dict(key), "values": dict(values)}, allow_nan=False)
            with naming(self._path), self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    def all(self) -> list[dict[str, object]]:
        """Return all points in the order of computation, each as one dictionary."""
        return list(self._points.values())


def _text(key: Values) -> str:
    return json.dumps(key, sort_keys=True)
