"""Cycles of a product on the dot engine."""

LATENCY = 4
"""Cycles from the last pair of blocks to the last result, with the default pipeline."""


def dot_engine_cycles(rows: int, blocks: int, columns: int) -> int:
    """Return the cycles of a product without stalls: one pair of blocks per cycle.

    Parameters:
        rows, columns: M and P.
        blocks: Blocks along K.
    """
    return rows * blocks * columns + LATENCY
