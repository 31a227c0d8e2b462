"""How the streams of the core are cut into packets, and items into beats."""

from dataclasses import dataclass

from hbfp_hw.engine import Schedule


@dataclass(frozen=True)
class Packets:
    """Sizes of the packets of one product, in items (a block of X or W, a row of C or Y).

    Members:
        x: A packet for each chunk and panel: the blocks of its rows.
        w: A packet for each chunk, panel and column tile: the blocks of its columns.
        results: A packet for each panel, column tile and row tile of one chunk: its rows. The same
            for C and for Y, in each chunk.
    """

    x: list[int]
    w: list[int]
    results: list[int]


def packets(schedule: Schedule) -> Packets:
    """Packets of a product, in order; ``tlast`` is high on the last beat of each."""
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
    """Bytes of a beat of a stream whose items have so many bits; a bus of 0 bits fits the item."""
    return (bus_bits or item_bits) // 8


def beats(item_bits: int, bus_bits: int) -> int:
    """Beats of an item. Each begins in a beat of its own, and lies in the low bytes."""
    return -(-item_bits // (8 * bus_bytes(item_bits, bus_bits)))
