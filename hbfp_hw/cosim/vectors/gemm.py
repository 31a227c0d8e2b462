"""Vectors of the GEMM engine: matrix products and bad descriptors, one after the other."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import Batch, FieldArrays, stream_fields
from hbfp_hw.engine import MAX_SIZE, Engine, Schedule
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.conversion import operand_w_seed
from hbfp_hw.golden.convert import convert, split
from hbfp_hw.golden.gemm import multiply
from hbfp_hw.sim.stimulus import bits, blocks, near_pairs
from hbfp_hw.sim.stimulus.descriptors import bad_fields

Floats = NDArray[np.float32]

SOME_BAD, MOST_BAD = 0.2, 3
"""Probability that bad descriptors follow a product, and the largest number that do."""

INPUTS = ("i_descriptor", "i_x", "i_w", "i_c")

CLASSES = (
    *(f"mode.{x}x{w}" for x in (4, 6) for w in (4, 6)),
    *(f"rounding.{rounding.name.lower()}" for rounding in Rounding),
    *("start_values", "several_chunks", "short_last_block", "every_class_of_blocks", "infinity"),
    *("start_values_close", "small", "large"),
)

ProductFields = dict[str, dict[str, NDArray[Any]]]
"""Fields of each stream, for one product or one bad descriptor."""


class Sizes(NamedTuple):
    """M, K and P of a product."""

    rows: int
    length: int
    columns: int


class LongProduct(NamedTuple):
    """A product that is long in one dimension.

    Members:
        dimension: ``rows``, ``columns`` or ``blocks``.
        chunks: Chunks of K, if K is not the long dimension.
        wide: Whether both operands are wide and C is given. The array is then slower than the
            loaders, so that each cycle it loses adds to the total.
    """

    dimension: str
    chunks: int = 1
    wide: bool = False


class GEMMVectors:
    """Products of a few tiles and panels in every mode, with bad descriptors between them.

    In an engine, the results of a chunk of K come back as start values of the next chunk. Here the
    start values come from the golden model, so that one wrong result does not spoil later ones.
    """

    meaning = "one product"
    batch_size = 8

    def __init__(self, description: DesignDescription):
        self.fields = stream_fields(description)
        given = description.parameters
        self.engine = Engine.from_parameters(given)
        self.random_bits = given["random_bits"]
        self.bad = bad_fields(self.engine.block_size, self.engine.depth)

    def draw(self, rng: Generator, count: int) -> Batch:
        """Draw vectors; see :class:`~hbfp_hw.cosim.batch.Vectors`."""
        bad = dict.fromkeys(self.bad, 0)
        drawn = dict.fromkeys(CLASSES, 0)
        made: list[ProductFields] = []
        for _ in range(count):
            made.append(self._product(rng, drawn, self._sizes(rng)))
            refused = int(rng.random() < SOME_BAD) * rng.integers(1, MOST_BAD + 1)
            for name in rng.permutation([*self.bad])[:refused]:
                bad[name] += 1
                made.append(_refused(made[-1], self.bad[name]))
        drawn |= {f"bad.{name}": number for name, number in bad.items()}
        return self._batch(made, drawn)

    def draw_sizes(self, rng: Generator, sizes: Sequence[Sizes]) -> Batch:
        """Draw products of given sizes; a bad descriptor follows the first one."""
        drawn = dict.fromkeys(CLASSES, 0)
        made = [self._product(rng, drawn, each) for each in sizes]
        name = rng.choice([*self.bad])
        made.insert(1, _refused(made[0], self.bad[name]))
        return self._batch(made, drawn)

    def draw_long(self, rng: Generator, long: LongProduct) -> Batch:
        """Draw two products that are long in one dimension.

        Their sizes are complementary, so that every bit of the engine's counters is 1 in one of
        them.
        """
        drawn = dict.fromkeys(CLASSES, 0)
        made = []
        for size in (MAX_SIZE // 3, MAX_SIZE - MAX_SIZE // 3):
            blocks = 1 + (long.chunks - 1) * self.engine.depth
            sizes = {"rows": 1, "columns": 1, "blocks": blocks} | {long.dimension: size}
            length = sizes["blocks"] * self.engine.block_size
            product = Sizes(sizes["rows"], length, sizes["columns"])
            made.append(self._product(rng, drawn, product, long))
        return self._batch(made, drawn)

    def _batch(self, made: list[ProductFields], drawn: dict[str, int]) -> Batch:
        streams = {
            name: {key: np.concatenate([part[name][key] for part in made]) for key in made[0][name]}
            for name in self.fields
        }
        drawn["start_values_close"] = self._close(streams["i_descriptor"], streams["o_status"])
        pieces = {
            name: np.cumsum([0, *(len(next(iter(part[name].values()))) for part in made)])
            for name in self.fields
        }
        inputs = {name: streams.pop(name) for name in INPUTS}
        return Batch(inputs, streams, drawn, pieces)

    def _close(self, descriptors: FieldArrays, status: FieldArrays) -> int:
        """Count the products whose start values could collide with those of the tile before.

        The first tile of such a product has more passes after its first block than the tile before
        had after its own. Without a gap, both tiles would use the bus for start values at once.
        """
        fields = ("blocks", "chunk", "wide_x", "wide_w", "accumulate")
        blocks, chunk, wide_x, wide_w, starts = (descriptors[name] for name in fields)
        passes = np.array(
            [self.engine.variant.passes(*wide) for wide in zip(wide_x, wide_w, strict=True)]
        )
        rest_of_first = (chunk - 1) * passes
        rest_of_last = (blocks - 1) % np.maximum(chunk, 1) * passes
        longer = rest_of_first[1:] > rest_of_last[:-1]
        some = starts[1:] | starts[:-1] | (blocks > chunk)[:-1]
        good = (status["error"][1:] | status["error"][:-1]) == 0
        return int((longer & some & good).sum())

    def _product(
        self, rng: Generator, drawn: dict[str, int], sizes: Sizes, long: LongProduct | None = None
    ) -> ProductFields:
        """Draw one product and return the fields of all streams.

        A long product uses stochastic rounding, which depends on the position of each block, so
        that a block in the wrong place shows. It has no NaN, which would hide other errors.
        """
        engine, size = self.engine, self.engine.block_size
        wide_x, wide_w = rng.integers(0, 2, 2) == 1
        if long:
            wide_x = wide_w = np.bool_(long.wide)
        fmt_x, fmt_w = engine.format(wide_x), engine.format(wide_w)
        rounding, seed = Rounding(int(rng.integers(len(Rounding)))), int(rng.integers(1 << 32))
        if long:
            rounding = Rounding.STOCHASTIC
        corners = bool(rng.random() < 0.5) and not long
        # With these scales, results overflow or underflow FP32, or nearly so.
        scale = 0 if corners or long else int(rng.choice([-70, 0, 0, 62]))
        x = self._matrix(rng, sizes.rows, sizes.length, scale, fmt_x if corners else None)
        columns = self._matrix(rng, sizes.columns, sizes.length, scale, fmt_w if corners else None)
        infinite = bool(rng.random() < 0.3) and not long
        if infinite:
            x[rng.integers(sizes.rows), rng.integers(sizes.length)] = np.inf
        accumulate = bool(rng.random() < 0.5) or bool(long and long.wide)
        schedule = engine.schedule(*sizes)
        descriptor = schedule.descriptor(
            wide_x=wide_x, wide_w=wide_w, rounding=rounding, seed=seed, accumulate=accumulate
        )
        drawn[f"mode.{fmt_x.mantissa_bits}x{fmt_w.mantissa_bits}"] += 1
        drawn[f"rounding.{rounding.name.lower()}"] += 1
        drawn["start_values"] += accumulate
        drawn["several_chunks"] += len(schedule.chunks) > 1
        drawn["short_last_block"] += descriptor["lanes"] < size
        drawn["every_class_of_blocks"] += corners
        drawn["infinity"] += infinite
        drawn["small"] += scale < 0
        drawn["large"] += scale > 0

        left, right = (
            convert(lines, fmt, rounding, seed=own, random_bits=self.random_bits)
            for lines, fmt, own in ((x, fmt_x, seed), (columns, fmt_w, operand_w_seed(seed)))
        )
        c = None
        if accumulate:
            first = multiply(_along(left, slice(1)), _along(right, slice(1)))
            c = near_pairs(rng, first)
        starts, results = self._chunks(schedule, left, right, c)
        last = np.zeros(len(results), np.uint8)
        last[-1] = 1
        return {
            "i_descriptor": {name: np.array([value]) for name, value in descriptor.items()},
            "i_x": {"values": bits(split(x, size).reshape(-1, size))[schedule.x_order()]},
            "i_w": {"values": bits(split(columns, size).reshape(-1, size))[schedule.w_order()]},
            "i_c": {"values": starts},
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

    def _matrix(
        self, rng: Generator, rows: int, length: int, scale: int, corners: HBFPFormat | None
    ) -> Floats:
        """Draw a matrix of shape (rows, length).

        Parameters:
            scale: Power of two by which random values are scaled.
            corners: Format whose corner-case blocks fill the rows; None draws values over a large
                range of exponents.
        """
        if corners is not None:
            count = -(-length // corners.block_size)
            values, _ = blocks(rng, corners, rows * count)
            return np.ascontiguousarray(values.reshape(rows, -1)[:, :length])
        shape = (rows, length)
        exponents = scale + rng.integers(-9, 10, shape)
        return np.ldexp(rng.standard_normal(shape, np.float32), exponents)

    def _chunks(
        self, schedule: Schedule, x: Blocks, w: Blocks, c: Floats | None
    ) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Return start values and results of all chunks of K, in the order of the streams."""
        sums = [c]
        for chunk in schedule.chunks:
            part = slice(chunk.start, chunk.stop)
            sums.append(multiply(_along(x, part), _along(w, part), sums[-1]))
        known = np.stack([matrix for matrix in sums if matrix is not None])
        width = self.engine.columns
        rows, firsts = schedule.result_rows()
        padded = np.pad(known, ((0, 0), (0, 0), (0, -known.shape[2] % width)))
        across = firsts[:, np.newaxis] + np.arange(width)
        tiles = bits(padded[:, rows[:, np.newaxis], across])
        chunks = len(schedule.chunks)
        starts, results = tiles[:-1], tiles[len(tiles) - chunks :]
        return starts.reshape(-1, width), results.reshape(-1, width)


def _along(blocks: Blocks, part: slice) -> Blocks:
    """Return the blocks in a part of K."""
    return Blocks(blocks.fmt, blocks.mantissas[:, part], blocks.exponents[:, part])


def _refused(good: ProductFields, fields: dict[str, int]) -> ProductFields:
    """Return the fields of a bad descriptor: a good one with some fields replaced.

    The engine refuses it, so that there are no operands and no results.
    """
    nothing = {
        name: {key: values[:0] for key, values in stream.items()} for name, stream in good.items()
    }
    descriptor = good["i_descriptor"] | {name: np.array([value]) for name, value in fields.items()}
    return nothing | {"i_descriptor": descriptor, "o_status": {"error": np.ones(1, np.uint8)}}
