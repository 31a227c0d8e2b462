"""Timing of a product on the dot engine."""

LATENCY = 4
"""Cycles from the last pair of blocks to the last result, of an engine with default registers."""


def dot_engine_cycles(rows: int, blocks: int, columns: int) -> int:
    """Cycles of a product with M = ``rows`` and P = ``columns``, one pair of blocks per cycle."""
    return rows * blocks * columns + LATENCY
