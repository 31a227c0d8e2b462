"""Store of a sweep's results: an SQLite file that grows point by point."""

import contextlib
import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hbfp_hw import __version__
from hbfp_hw.sweep.execute import PointOutcome
from hbfp_hw.sweep.figures import flatten
from hbfp_hw.sweep.spec import SweepPoint

APPLICATION = 0x48424650
"""Application identifier of a store in SQLite's header: HBFP in ASCII."""

LAYOUT = 1
"""Version of the table's columns."""

TABLE = """
CREATE TABLE points (
    key TEXT NOT NULL,
    version TEXT NOT NULL,
    command TEXT NOT NULL,
    parameters TEXT NOT NULL,
    state TEXT NOT NULL,
    status INTEGER,
    result TEXT,
    log TEXT NOT NULL,
    seconds REAL NOT NULL,
    finished TEXT NOT NULL,
    PRIMARY KEY (key, version)
)
"""


class StoreError(ValueError):
    """A file cannot be used as a store."""


@dataclass(frozen=True)
class PointRecord:
    """A point that has been run.

    Members:
        key: Key of the point, see :class:`~hbfp_hw.sweep.spec.SweepPoint`.
        version: Version of hbfp_hw that ran it.
        command: Name of the command.
        parameters: Options of the command.
        state: ``done`` or ``failed``.
        status: Exit status; negative for a signal; None if the point was stopped at its time limit,
            or not started.
        result: The JSON object that the command printed; None if it printed none.
        log: End of standard error, see :class:`~hbfp_hw.sweep.execute.PointOutcome`.
        seconds: Run time in seconds.
        finished: Time at which the point ended, in UTC, as ISO 8601 text.
    """

    key: str
    version: str
    command: str
    parameters: dict[str, object]
    state: str
    status: int | None
    result: dict[str, object] | None
    log: str
    seconds: float
    finished: str

    @property
    def figures(self) -> dict[str, object]:
        """Numbers and strings of the result, see :func:`~hbfp_hw.sweep.figures.flatten`."""
        return flatten(self.command, self.result or {})


class Store:
    """A store that :func:`open_store` has opened for writing, by one sweep at a time."""

    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection

    def records(self) -> dict[str, PointRecord]:
        """Return the records of points that this version of hbfp_hw has run, by key."""
        found = _select(self._connection, "WHERE version = ?", __version__)
        return {record.key: record for record in found}

    def add(self, point: SweepPoint, outcome: PointOutcome) -> PointRecord:
        """Store the outcome of a point, replacing an earlier one, and return its record.

        The record is on disk when the function returns.
        """
        record = PointRecord(
            key=point.key,
            version=__version__,
            command=point.command,
            parameters=point.parameters,
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            **vars(outcome),
        )
        values = vars(record) | {
            "parameters": json.dumps(record.parameters),
            "result": None if record.result is None else json.dumps(record.result),
        }
        names = ", ".join(f":{name}" for name in values)
        with self._connection:
            self._connection.execute(f"INSERT OR REPLACE INTO points VALUES ({names})", values)
        return record


@contextlib.contextmanager
def open_store(path: Path) -> Iterator[Store]:
    """Open a store exclusively, and create it if it does not exist.

    Raises:
        StoreError: The file is not a store, or another sweep has opened it.
        OSError: The file cannot be opened.
        sqlite3.Error: The file cannot be read or written.
    """
    with _locked(path), contextlib.closing(sqlite3.connect(path)) as connection:
        if path.stat().st_size == 0:
            with connection:
                connection.execute("BEGIN")
                connection.execute(TABLE)
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                connection.execute(f"PRAGMA user_version = {LAYOUT}")
        _check(connection, path)
        yield Store(connection)


def read_store(path: str | Path) -> list[PointRecord]:
    """Return all records of a store, including those of other versions of hbfp_hw.

    The order is that in which the points ended. A sweep may write to the store at the same time.

    Raises:
        StoreError: The file is not a store.
        sqlite3.OperationalError: The file cannot be read.
    """
    path = Path(path)
    uri = f"{path.absolute().as_uri()}?mode=rw"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
        _check(connection, path)
        return _select(connection, "ORDER BY rowid")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Lock a store by a file beside it, because SQLite's own locks would also exclude readers."""
    name = path.with_name(f"{path.name}.lock")
    while True:
        with name.open(
            "a", encoding="utf-8"
        ) as lock:  # append mode, so that the target of a link is not emptied
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreError(
                    f"Store must be free, but another sweep writes to '{path}'"
                ) from None
            # The last owner may have removed the file before it was locked here.
            if not name.exists() or not os.path.samestat(os.fstat(lock.fileno()), name.stat()):
                continue
            try:
                yield
            finally:
                name.unlink(missing_ok=True)
            return


def _select(connection: sqlite3.Connection, condition: str, *values: object) -> list[PointRecord]:
    cursor = connection.execute(f"SELECT * FROM points {condition}", values)
    names = [column[0] for column in cursor.description]
    records = []
    for row in cursor:
        fields = dict(zip(names, row, strict=True))
        for name in ("parameters", "result"):
            if fields[name] is not None:
                fields[name] = json.loads(fields[name])
        records.append(PointRecord(**fields))
    return records


def _check(connection: sqlite3.Connection, path: Path) -> None:
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (layout,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        application = layout = 0
    if application != APPLICATION:
        raise StoreError(f"Store must be a file that hbfp sweep made, not '{path}'")
    if layout != LAYOUT:
        raise StoreError(f"Store must have layout {LAYOUT}, not {layout}: '{path}'")
