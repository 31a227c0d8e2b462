"""``hbfp cache``: show the cache, or prune it."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypedDict

from hbfp_hw.cli.arguments.cache import LIST, PRUNE
from hbfp_hw.cli.output import BadInput, refuse_without_effect, report
from hbfp_hw.helpers.cache import KINDS, cache_folder, cache_limit, parse_size
from hbfp_hw.helpers.cache_pruning import Entry, entries, in_use, prune


class EntryRecord(TypedDict):
    """An entry of the cache, with its size in bytes and the time of its last use."""

    kind: str
    name: str
    bytes: int
    used: str


class KeptRecord(EntryRecord):
    """An entry that stays in the cache."""

    in_use: bool


class Total(TypedDict):
    """Number of entries of one kind, their bytes, and the number of entries in use."""

    entries: int
    bytes: int
    in_use: int


class CacheRecord(TypedDict):
    """The JSON of the command."""

    folder: str
    limit_bytes: int | None
    bytes: int
    kinds: dict[str, Total]
    entries: list[KeptRecord]
    removed: list[EntryRecord]


def run(options: argparse.Namespace) -> int:
    """Prune the cache if asked to, and print its content."""
    if options.action != PRUNE:
        refuse_without_effect(options, ("limit",), "prune")
    limit = cache_limit()
    if options.limit is not None:
        try:
            limit = parse_size(options.limit)
        except ValueError as error:
            raise BadInput(str(error)) from None
    removed = prune(limit) if options.action == PRUNE else []
    kept: list[KeptRecord] = [{**_record(entry), "in_use": in_use(entry)} for entry in entries()]
    result: CacheRecord = {
        "folder": str(cache_folder()),
        "limit_bytes": limit,
        "bytes": sum(entry["bytes"] for entry in kept),
        "kinds": {
            kind: _total([entry for entry in kept if entry["kind"] == kind]) for kind in KINDS
        },
        "entries": kept,
        "removed": [_record(entry) for entry in removed],
    }
    report(options, result, [*_summary(result), *_details(result, options.action)])
    return 0


def _record(entry: Entry) -> EntryRecord:
    used = datetime.fromtimestamp(entry.used, UTC).isoformat(timespec="seconds")
    return {"kind": entry.kind, "name": entry.name, "bytes": entry.bytes, "used": used}


def _total(kept: Sequence[KeptRecord]) -> Total:
    return {
        "entries": len(kept),
        "bytes": sum(entry["bytes"] for entry in kept),
        "in_use": sum(entry["in_use"] for entry in kept),
    }


def _summary(result: CacheRecord) -> list[str]:
    """Return the sizes by kind as lines of text."""
    limit = result["limit_bytes"]
    bound = "without limit" if limit is None else f"of at most {_size(limit)}"
    lines = [f"{result['folder']}: {_size(result['bytes'])} {bound}"]
    lines += [f"{'kind':10}{'entries':>8}{'size':>10}{'in use':>8}"]
    for kind, total in result["kinds"].items():
        size = _size(total["bytes"])
        lines.append(f"{kind:10}{total['entries']:8}{size:>10}{total['in_use']:8}")
    return lines


def _details(result: CacheRecord, action: str) -> list[str]:
    """Return the entries that the action lists or has removed as lines of text."""
    if action == PRUNE:
        removed = result["removed"]
        freed = _size(sum(entry["bytes"] for entry in removed))
        return ["", f"removed {len(removed)} entries, {freed}", *map(_line, removed)]
    if action != LIST or not result["entries"]:
        return []
    return [
        "",
        f"{'last use':25}{'size':>10}  kind      name",
        *(f"{_line(entry)}{'  (in use)' * entry['in_use']}" for entry in result["entries"]),
    ]


def _line(entry: EntryRecord) -> str:
    return f"{entry['used']:25}{_size(entry['bytes']):>10}  {entry['kind']:10}{entry['name']}"


def _size(count: int) -> str:
    """Return a number of bytes with three digits, in powers of 1024."""
    value, units = float(count), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1000 and len(units) > 1:
        value /= 1024
        units.pop(0)
    return f"{value:.3g} {units[0]}"
