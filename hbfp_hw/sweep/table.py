"""Results of a sweep as text tables and as CSV."""

import csv
import io
from collections.abc import Sequence

from hbfp_hw.helpers.display import NOTHING, in_words
from hbfp_hw.sweep.figures import SHOWN
from hbfp_hw.sweep.spec import SweepPoint
from hbfp_hw.sweep.store import PointRecord


def table(points: Sequence[SweepPoint], records: Sequence[PointRecord]) -> list[str]:
    """Return one table for each command and set of swept parameters.

    A row has the swept parameters and either a few figures or the reason of the failure.
    """
    lines: list[str] = []
    for group in _groups(points, records):
        lines += ["", *_group(group)]
    return lines[1:]


def check_shown(points: Sequence[SweepPoint], records: Sequence[PointRecord]) -> None:
    """Raise if the sweep names a figure to show that no result of the same table has.

    Raises:
        ValueError: No result has the figure; the message lists the names that the results have.
    """
    for group in _groups(points, records):
        point = group[0][0]
        done = [record.figures for _, record in group if record.state == "done"]
        known = dict.fromkeys(name for figures in done for name in figures)
        for name in point.show or ():
            if done and name not in known:
                raise ValueError(
                    f"'show' of [{point.command}] must be of {', '.join(known)}, which these "
                    f"results have, not {name!r}"
                )


def _groups(
    points: Sequence[SweepPoint], records: Sequence[PointRecord]
) -> list[list[tuple[SweepPoint, PointRecord]]]:
    """Return the points of each table with their records."""
    groups: dict[object, list[tuple[SweepPoint, PointRecord]]] = {}
    for point, record in zip(points, records, strict=True):
        groups.setdefault((point.command, point.swept, point.show), []).append((point, record))
    return list(groups.values())


def _group(group: list[tuple[SweepPoint, PointRecord]]) -> list[str]:
    first = group[0][0]
    fixed = {name: value for name, value in first.parameters.items() if name not in first.swept}
    done = [record.figures for _, record in group if record.state == "done"]
    names = list(shown(first))
    if first.show is None:
        names = [name for name in names if any(row.get(name) is not None for row in done)]
    rows = [[*first.swept, *names, "state"]]
    for point, record in group:
        row = [in_words(point.parameters[name]) for name in first.swept]
        if record.state == "done":
            row += [*(in_words(record.figures.get(name)) for name in names), "done"]
        else:
            row += [*(NOTHING for _ in names), f"failed: {reason(record)}"]
        rows.append(row)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        " ".join([first.command, *(f"{name}={in_words(value)}" for name, value in fixed.items())]),
        *(
            "  ".join(text.rjust(width) for text, width in zip(row[:-1], widths, strict=False))
            + f"  {row[-1]}"
            for row in rows
        ),
    ]


def shown(point: SweepPoint) -> tuple[str, ...]:
    """Return the names of a point's figures that are printed."""
    return SHOWN.get(point.command, ()) if point.show is None else point.show


def reason(record: PointRecord) -> str:
    """Return the reason of a failure: the last line of the log."""
    lines = record.log.strip().splitlines()
    return lines[-1].removeprefix("hbfp: ") if lines else f"exit status {record.status}"


def write_csv(records: Sequence[PointRecord]) -> str:
    """Return all parameters and figures as CSV, one line for each point."""
    names = ["command", *dict.fromkeys(name for record in records for name in record.parameters)]
    names += ["state", "status", "version"]
    names += dict.fromkeys(
        name for record in records for name in record.figures if name not in names
    )
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    for record in records:
        parameters = {name: _plain(value) for name, value in record.parameters.items()}
        state = {name: getattr(record, name) for name in ("command", "state", "status", "version")}
        writer.writerow(record.figures | parameters | state)
    return out.getvalue()


def _plain(value: object) -> object:
    return " ".join(map(str, value)) if isinstance(value, list) else value
