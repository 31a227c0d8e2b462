"""A product as words for registers and packets for streams: nothing here touches a core."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.core.packets import beats, packets
from hbfp_hw.driver.parameters import Parameters
from hbfp_hw.engine import Schedule
from hbfp_hw.golden.convert import split
from hbfp_hw.golden.gemm import check_operands

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Plan:
    """One product on one core.

    Members:
        schedule: Its order of work.
        words: What to write to the registers of its descriptor, but for ``mode``.
        x, w: Packets of the operands.
        start: Packets of start values, if it has any.
        results: Bytes of the packets of Y of one chunk of K; those of every chunk are alike.
        row_bytes: Bytes of a row of a tile, with its padding.
    """

    schedule: Schedule
    words: dict[str, int]
    x: list[bytes]
    w: list[bytes]
    start: list[bytes]
    results: list[int]
    row_bytes: int

    @property
    def returned(self) -> int:
        """How many packets of Y go back through C: the results of all chunks but the last."""
        return len(self.results) * (len(self.schedule.chunks) - 1)

    def product(self, received: Sequence[bytes]) -> Matrix:
        """Y out of the packets of the last chunk."""
        items = np.frombuffer(b"".join(received), np.uint8).reshape(-1, self.row_bytes)
        used = np.ascontiguousarray(items[:, : 4 * self.schedule.engine.columns])
        return self.schedule.from_tiles(used.view("<f4").astype(np.float32, copy=False))


def plan_product(parameters: Parameters, x: Matrix, w: Matrix, c: Matrix | None, seed: int) -> Plan:
    """Plan Y = C + X·W.

    Raises:
        TypeError: An operand is not a float32 array.
        ValueError: The shapes do not fit, or are beyond the engine's counters.
    """
    check_operands(x, w, c)
    engine = parameters.engine
    schedule = engine.schedule(x.shape[0], x.shape[1], w.shape[1])
    words = {**schedule.sizes(), "seed": int(seed)}
    blocks_x, blocks_w = (
        padded_items(split(lines, engine.block_size), parameters.operand_bytes)
        for lines in (x, np.ascontiguousarray(w.T))
    )
    packets_x, packets_w = [], []
    for chunk in map(_slice, schedule.chunks):
        packets_x += [blocks_x[_slice(panel), chunk].tobytes() for panel in schedule.panels]
        tiles = [blocks_w[_slice(tile), chunk].tobytes() for tile in schedule.column_tiles]
        packets_w += tiles * len(schedule.panels)
    rows = packets(schedule).results
    start = []
    if c is not None:
        tiles_c = padded_items(schedule.to_tiles(c), parameters.row_bytes)
        ends = np.cumsum(rows)
        start = [part.tobytes() for part in np.split(tiles_c, ends[:-1])]
    row_bytes = item_bytes(engine.columns, parameters.row_bytes)
    sizes = [row_bytes * count for count in rows]
    return Plan(schedule, words, packets_x, packets_w, start, sizes, row_bytes)


def _slice(part: range) -> slice:
    return slice(part.start, part.stop)


def item_bytes(values: int, beat: int) -> int:
    """Bytes of the beats of an item."""
    return beats(32 * values, 8 * beat) * beat


def padded_items(values: Matrix, beat: int) -> NDArray[np.uint8]:
    """Items, the last axis of ``values``, as the bytes of their beats."""
    raw = np.ascontiguousarray(values, "<f4").view(np.uint8)
    padding = item_bytes(values.shape[-1], beat) - raw.shape[-1]
    return np.pad(raw, (*((0, 0),) * (raw.ndim - 1), (0, padding))) if padding else raw
