"""Results of a run as plain data and as a table."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from hbfp_hw.area.report import aligned, number
from hbfp_hw.place_and_route.result import FitResult


def describe(result: FitResult) -> dict[str, Any]:
    """A result as plain data."""
    return dataclasses.asdict(result) | {"macs_per_second": result.macs_per_second}


def table(results: Sequence[FitResult]) -> list[str]:
    """Lines of a table for people, one row for each result, and where the logs are."""
    first = results[0]
    speed = "" if first.speed is None else f" speed {first.speed}"
    rows = [[f"{first.family} {first.device}{speed}", *first.unit, "MHz", "GMAC/s"]]
    for result in results:
        rate = result.macs_per_second
        rows.append(
            [
                result.config,
                *map(number, result.unit.values()),
                number(result.fmax_mhz, 1),
                number(None if rate is None else rate / 1e9, 2),
            ]
        )
    notes = [
        f"{result.config}: the registers around the unit limit its clock"
        for result in results
        if result.limited_by == "shell"
    ]
    logs = [f"log of {result.config}: {result.log}" for result in results]
    return [*aligned([[name.replace("_", " ") for name in rows[0]], *rows[1:]]), *notes, *logs]
