"""Vectors of the GEMM engine: products one after the other."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import Batch, stream_fields
from hbfp_hw.engine import Engine, Schedule, Variant
from hbfp_hw.format import Rounding
from hbfp_hw.golden.convert import Blocks, convert, split
from hbfp_hw.golden.gemm import multiply, operand_w_seed
from hbfp_hw.sim.stimulus import bits, blocks

Floats = NDArray[np.float32]

CLASSES = (
    *(f"mode.{x}x{w}" for x in (4, 6) for w in (4, 6)),
    *(f"rounding.{rounding.name.lower()}" for rounding in Rounding),
    *("start_values", "several_chunks", "short_last_block", "every_class_of_blocks", "infinity"),
    "start_values_close",
)


class Sizes(NamedTuple):
    """M, K and P of a product."""

    rows: int
    length: int
    columns: int


class GEMM:
    """Products of a few tiles and panels, some of them long ones, of every mode.

    Between chunks of K the results come back as start values: here those of the golden model,
    which all results are compared with.
    """

    vector = "one product"
    vectors = 8

    def __init__(self, description: Mapping[str, Any]):
        self.fields = stream_fields(description)
        given = description["parameters"]
        names = ("rows", "columns", "block_size", "exponent_bits", "depth", "panel_tiles")
        self.engine = Engine(Variant(given["variant"]), **{name: given[name] for name in names})
        self.random_bits = given["random_bits"]

    def draw(self, rng: Generator, count: int) -> Batch:
        """See :class:`~hbfp_hw.cosim.batch.Source`."""
        drawn = dict.fromkeys(CLASSES, 0)
        inputs = [f"i_{name}" for name in ("descriptor", "x", "w", "c")]
        parts: dict[str, list[dict[str, NDArray[Any]]]] = {name: [] for name in self.fields}
        for _ in range(count):
            for name, values in self._product(rng, drawn).items():
                parts[name].append(values)
        streams = {
            name: {key: np.concatenate([part[key] for part in made]) for key in made[0]}
            for name, made in parts.items()
        }
        drawn["start_values_close"] = self._close(streams["i_descriptor"])
        pieces = {
            name: np.cumsum([0, *(len(next(iter(part.values()))) for part in made)])
            for name, made in parts.items()
        }
        expected = {name: values for name, values in streams.items() if name not in inputs}
        return Batch({name: streams[name] for name in inputs}, expected, drawn, pieces)

    def _close(self, descriptors: dict[str, NDArray[Any]]) -> int:
        """Products whose tiles do more after their first block than the last tile before did.

        Only these could begin so early that their start values meet those of that tile.
        """
        fields = ("blocks", "chunk", "wide_x", "wide_w", "accumulate")
        blocks, chunk, wide_x, wide_w, starts = (descriptors[name] for name in fields)
        passes = np.array(
            [self.engine.variant.passes(*wide) for wide in zip(wide_x, wide_w, strict=True)]
        )
        rest_of_first = (chunk - 1) * passes
        rest_of_last = (blocks - 1) % chunk * passes
        longer = rest_of_first[1:] > rest_of_last[:-1]
        return int((longer & (starts[1:] | starts[:-1] | (blocks > chunk)[:-1])).sum())

    def _product(self, rng: Generator, drawn: dict[str, int]) -> dict[str, dict[str, Any]]:
        """Fields of all streams of one product."""
        engine, size = self.engine, self.engine.block_size
        sizes = self._sizes(rng)
        wide_x, wide_w = rng.integers(0, 2, 2) == 1
        fmt_x, fmt_w = engine.format(wide_x), engine.format(wide_w)
        rounding, seed = Rounding(int(rng.integers(3))), int(rng.integers(1 << 32))
        corners = rng.random() < 0.3
        x = self._matrix(rng, sizes.rows, sizes.length, corners)
        columns = self._matrix(rng, sizes.columns, sizes.length, corners)
        infinite = bool(rng.random() < 0.3)
        if infinite:
            x[rng.integers(sizes.rows), rng.integers(sizes.length)] = np.inf
        c = None
        if rng.random() < 0.5:
            c = self._matrix(rng, sizes.rows, sizes.columns, corners=False)
        schedule = engine.schedule(*sizes)
        descriptor = {
            "seed": seed,
            "rows": schedule.rows,
            "columns": schedule.columns,
            "blocks": schedule.blocks,
            "lanes": sizes.length - (schedule.blocks - 1) * size,
            "chunk": schedule.chunk,
            "rounding": int(rounding),
            "wide_x": wide_x,
            "wide_w": wide_w,
            "accumulate": c is not None,
        }
        drawn[f"mode.{fmt_x.mantissa_bits}x{fmt_w.mantissa_bits}"] += 1
        drawn[f"rounding.{rounding.name.lower()}"] += 1
        drawn["start_values"] += c is not None
        drawn["several_chunks"] += len(schedule.chunks) > 1
        drawn["short_last_block"] += descriptor["lanes"] < size
        drawn["every_class_of_blocks"] += corners
        drawn["infinity"] += infinite

        left, right = (
            convert(lines, fmt, rounding, seed=own, random_bits=self.random_bits)
            for lines, fmt, own in ((x, fmt_x, seed), (columns, fmt_w, operand_w_seed(seed)))
        )
        starts, results = self._chunks(schedule, left, right, c)
        last = np.zeros(len(results), np.uint8)
        last[-1] = 1
        return {
            "i_descriptor": {name: np.array([value]) for name, value in descriptor.items()},
            "i_x": {"value": bits(split(x, size).reshape(-1, size))[schedule.x_order()]},
            "i_w": {"value": bits(split(columns, size).reshape(-1, size))[schedule.w_order()]},
            "i_c": {"value": starts},
            "o": {"values": results, "last": last},
            "o_status": {"error": np.zeros(1, np.uint8)},
        }

    def _sizes(self, rng: Generator) -> Sizes:
        engine = self.engine
        chunk = engine.depth * engine.block_size
        if rng.random() < 0.2:
            rows, columns = rng.integers(1, (2 * engine.rows + 1, 2 * engine.columns + 1))
            length = rng.integers(chunk + 1, 5 * chunk // 2 + 1)
        else:
            most = (engine.rows * engine.panel_tiles + 2 * engine.rows, 3 * engine.columns)
            rows, columns = rng.integers(1, (most[0] + 1, most[1] + 1))
            length = rng.integers(1, min(chunk, 4 * engine.block_size) + 1)
        return Sizes(int(rows), int(length), int(columns))

    def _matrix(self, rng: Generator, rows: int, length: int, corners: bool) -> Floats:
        """Values over a wide range, or blocks of every class along the rows."""
        if corners:
            fmt = self.engine.format(wide=True)
            count = -(-length // fmt.block_size)
            values, _ = blocks(rng, fmt, rows * count)
            return np.ascontiguousarray(values.reshape(rows, -1)[:, :length])
        shape = (rows, length)
        return np.ldexp(rng.standard_normal(shape, np.float32), rng.integers(-9, 10, shape))

    def _chunks(
        self, schedule: Schedule, x: Blocks, w: Blocks, c: Floats | None
    ) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Start values and results of all chunks of K, in the order of the streams."""
        sums: list[Floats | None] = [c]
        for chunk in schedule.chunks:
            part = slice(chunk.start, chunk.stop)
            left, right = (
                Blocks(side.fmt, side.mantissas[:, part], side.exponents[:, part])
                for side in (x, w)
            )
            sums.append(multiply(left, right, sums[-1]))
        width = self.engine.columns
        rows, firsts = schedule.result_rows()
        across = firsts[:, np.newaxis] + np.arange(width)

        def tiled(matrices: list[Floats]) -> NDArray[np.uint32]:
            tiles = [np.zeros((0, width), np.uint32)]
            for matrix in matrices:
                padded = np.pad(matrix, ((0, 0), (0, -matrix.shape[1] % width)))
                tiles.append(bits(padded[rows[:, np.newaxis], across]))
            return np.concatenate(tiles)

        known = [matrix for matrix in sums if matrix is not None]
        return tiled(known[:-1]), tiled(known[len(known) - len(schedule.chunks) :])
