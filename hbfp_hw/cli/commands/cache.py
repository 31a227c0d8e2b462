"""``hbfp cache``: what is kept between runs, its size, and its removal."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hbfp_hw.cli.arguments.cache import LIST, PRUNE
from hbfp_hw.cli.output import BadInput, refuse_without_effect, report
from hbfp_hw.helpers.cache import KINDS, cache_folder, cache_limit, parse_size
from hbfp_hw.helpers.cache_pruning import Entry, entries, in_use, prune


def run(options: argparse.Namespace) -> int:
    """List or prune."""
    if options.action != PRUNE:
        refuse_without_effect(options, ("limit",), "prune")
    limit = cache_limit()
    if options.limit is not None:
        try:
            limit = parse_size(options.limit)
        except ValueError as error:
            raise BadInput(str(error)) from None
    removed = prune(limit) if options.action == PRUNE else []
    kept = [_described(entry) | {"in_use": in_use(entry)} for entry in entries()]
    result = {
        "folder": str(cache_folder()),
        "limit_bytes": limit,
        "bytes": sum(entry["bytes"] for entry in kept),
        "kinds": {
            kind: _total([entry for entry in kept if entry["kind"] == kind]) for kind in KINDS
        },
        "entries": kept,
        "removed": [_described(entry) for entry in removed],
    }
    report(options, result, _lines(result, options.action))
    return 0


def _described(entry: Entry) -> dict[str, Any]:
    used = datetime.fromtimestamp(entry.used, UTC).isoformat(timespec="seconds")
    return {"kind": entry.kind, "name": entry.name, "bytes": entry.bytes, "used": used}


def _total(kept: Sequence[dict[str, Any]]) -> dict[str, int]:
    return {
        "entries": len(kept),
        "bytes": sum(entry["bytes"] for entry in kept),
        "in_use": sum(entry["in_use"] for entry in kept),
    }


def _lines(result: dict[str, Any], action: str) -> list[str]:
    """The result for a person."""
    limit = result["limit_bytes"]
    bound = "without limit" if limit is None else f"of at most {_size(limit)}"
    lines = [f"{result['folder']}: {_size(result['bytes'])} {bound}"]
    lines += [f"{'kind':10}{'entries':>8}{'size':>10}{'in use':>8}"]
    for kind, total in result["kinds"].items():
        size = _size(total["bytes"])
        lines.append(f"{kind:10}{total['entries']:8}{size:>10}{total['in_use']:8}")
    shown = {LIST: result["entries"], PRUNE: result["removed"]}.get(action, [])
    if action == PRUNE:
        freed = _size(sum(entry["bytes"] for entry in shown))
        lines += ["", f"removed {len(shown)} entries, {freed}"]
    elif shown:
        lines += ["", f"{'last use':25}{'size':>10}  kind      name"]
    for entry in shown:
        mark = "  (in use)" if entry.get("in_use") else ""
        size = _size(entry["bytes"])
        lines.append(f"{entry['used']:25}{size:>10}  {entry['kind']:10}{entry['name']}{mark}")
    return lines


def _size(count: int) -> str:
    """A number of bytes with three digits, in powers of 1024."""
    value, units = float(count), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1000 and len(units) > 1:
        value /= 1024
        units.pop(0)
    return f"{value:.3g} {units[0]}"
