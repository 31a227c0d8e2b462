"""Register words and packets of one product. Nothing here accesses a core."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.core.packets import beats, packets
from hbfp_hw.driver.parameters import CoreParameters
from hbfp_hw.engine import Schedule
from hbfp_hw.golden.convert import split
from hbfp_hw.golden.gemm import check_operands

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class ProductTransfers:
    """Everything that a driver exchanges with a core for one product.

    Members:
        schedule: Order in which the engine computes the product.
        words: Words of the descriptor's registers, by their names, without ``mode``.
        x, w: Packets of the operands, in the order in which they are sent.
        start: Packets of C; empty if the product starts from +0.
        results: Bytes of each packet of Y of one chunk of K. All chunks have the same sizes.
        row_bytes: Bytes of a row of a tile in a packet, with its padding.
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
        """Packets of Y that go back through C: the results of all chunks but the last."""
        return len(self.results) * (len(self.schedule.chunks) - 1)

    def result(self, received: Sequence[bytes]) -> Matrix:
        """Return Y, given the packets of the last chunk."""
        items = np.frombuffer(b"".join(received), np.uint8).reshape(-1, self.row_bytes)
        used = np.ascontiguousarray(items[:, : 4 * self.schedule.engine.columns])
        return self.schedule.from_tiles(used.view("<f4").astype(np.float32, copy=False))


def product_transfers(
    parameters: CoreParameters, x: Matrix, w: Matrix, c: Matrix | None, seed: int
) -> ProductTransfers:
    """Return the transfers of Y = C + X·W.

    Parameters:
        parameters: Parameters of the core.
        x, w: Operands, shapes (M, K) and (K, P).
        c: Start values, shape (M, P); None is +0.
        seed: Seed of stochastic rounding, 32 bits.

    Raises:
        TypeError: An operand is not a float32 array.
        ValueError: The shapes do not fit, or exceed the engine's counters.
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
    return ProductTransfers(schedule, words, packets_x, packets_w, start, sizes, row_bytes)


def _slice(part: range) -> slice:
    return slice(part.start, part.stop)


def item_bytes(values: int, beat: int) -> int:
    """Return the bytes of the beats that carry an item of ``values`` FP32 numbers.

    Parameters:
        beat: Bytes of a beat.
    """
    return beats(32 * values, 8 * beat) * beat


def padded_items(values: Matrix, beat: int) -> NDArray[np.uint8]:
    """Return the bytes of the beats that carry items, padded with zeros.

    Parameters:
        values: Items along the last axis.
        beat: Bytes of a beat.
    """
    raw = np.ascontiguousarray(values, "<f4").view(np.uint8)
    padding = item_bytes(values.shape[-1], beat) - raw.shape[-1]
    return np.pad(raw, (*((0, 0),) * (raw.ndim - 1), (0, padding))) if padding else raw
