"""Results of place and route as plain data and as a table."""

import dataclasses
from collections.abc import Sequence

from hbfp_hw.helpers.display import aligned, number
from hbfp_hw.place_and_route.result import PlaceAndRouteResult

JSON_WRAPPER = "shell"
"""Word for the wrapper in the JSON: a key, and a value of ``limited_by``."""


def describe(result: PlaceAndRouteResult) -> dict[str, object]:
    """Return a result as plain data, the content of the JSON."""
    record = {
        JSON_WRAPPER if key == "wrapper" else key: value
        for key, value in dataclasses.asdict(result).items()
    }
    if result.limited_by == "wrapper":
        record["limited_by"] = JSON_WRAPPER
    return record | {"macs_per_second": result.macs_per_second}


def table(results: Sequence[PlaceAndRouteResult]) -> list[str]:
    """Return the lines of a table with one row per result, then notes and the paths of the logs.

    Parameters:
        results: One result at least, all of one device.
    """
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
        if result.limited_by == "wrapper"
    ]
    logs = [f"log of {result.config}: {result.log}" for result in results]
    return [*aligned([[name.replace("_", " ") for name in rows[0]], *rows[1:]]), *notes, *logs]
