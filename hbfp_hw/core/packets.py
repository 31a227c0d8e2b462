"""Packets on the streams of the core, and beats of an item."""

from dataclasses import dataclass

from hbfp_hw.engine import Schedule


@dataclass(frozen=True)
class Packets:
    """Sizes of the packets of one product, in items (a block of X or W, a row of C or Y).

    Members:
        x: One packet for each chunk and panel: the blocks of its rows.
        w: One packet for each chunk, panel and column tile: the blocks of its columns.
        results: One packet for each panel, column tile and row tile of one chunk: its rows. C and
            Y have the same packets, once for each chunk.
    """

    x: list[int]
    w: list[int]
    results: list[int]


def packets(schedule: Schedule) -> Packets:
    """Return the packets of a product in order; the last beat of each has ``tlast`` asserted."""
    chunks = [len(chunk) for chunk in schedule.chunks]
    panels = [len(panel) for panel in schedule.panels]
    columns = [len(tile) for tile in schedule.column_tiles]
    size = schedule.engine.rows
    return Packets(
        [rows * chunk for chunk in chunks for rows in panels],
        [lines * chunk for chunk in chunks for _ in panels for lines in columns],
        [
            min(size, rows - first)
            for rows in panels
            for _ in columns
            for first in range(0, rows, size)
        ],
    )


def bus_bytes(item_bits: int, bus_bits: int) -> int:
    """Return the bytes of a beat of a stream of items; a bus of 0 bits is as wide as an item."""
    return (bus_bits or item_bits) // 8


def beats(item_bits: int, bus_bits: int) -> int:
    """Return the number of beats of an item, which begins in the low bytes of its first beat."""
    return -(-item_bits // (8 * bus_bytes(item_bits, bus_bits)))
