"""cocotb tests of the GEMM engine: product after product on one engine."""

from collections import deque
from typing import Any

import cocotb
import numpy as np

from hbfp_hw.generation.payload import pack
from hbfp_hw.sim import coverage, parameters
from hbfp_hw.sim.bench import QUIET_CYCLES, Bench, assert_equal, description, generator
from hbfp_hw.sim.products import (
    EngineProduct,
    Words,
    cover,
    design_engine,
    product_of_size,
    random_product,
    random_products,
)
from hbfp_hw.sim.stimulus import bits
from hbfp_hw.sim.stimulus.descriptors import bad_fields
from hbfp_hw.sim.streams import end_of_cycle


class EngineBench:
    """Test bench of the engine that queues products and checks their results."""

    def __init__(self, dut: Any, stalls: float = 0.0):
        self.streams = Bench(dut, stalls)
        self._layouts = description().streams
        self._waiting: deque[EngineProduct] = deque()  # their start values are not yet queued
        self._results_return = False  # whether results must return as C before other start values

    def _send(self, name: str, words: Words) -> None:
        rows = np.ascontiguousarray(words, "<u4")
        self.streams.sources[name].send(int.from_bytes(row.tobytes(), "little") for row in rows)

    def send_descriptor(self, **fields: int) -> None:
        """Queue a descriptor."""
        values = {name: [value] for name, value in fields.items()}
        self._send("i_descriptor", pack(self._layouts["i_descriptor"].fields, values))

    def send(self, product: EngineProduct) -> None:
        """Queue a product's descriptor and operands, and its start values when their turn comes."""
        self._send("i_x", product.blocks_x())
        self._send("i_w", product.blocks_w())
        self.send_descriptor(**product.descriptor())
        self._waiting.append(product)
        self._send_start_values()

    def _send_start_values(self) -> None:
        """Queue start values of waiting products, up to the first one with several chunks of K."""
        while self._waiting and not self._results_return:
            product = self._waiting.popleft()
            if product.c is not None:
                self._send("i_c", product.tiled(bits(product.c)))
            self._results_return = len(product.schedule.chunks) > 1

    async def finish(self, product: EngineProduct) -> None:
        """Return the results between chunks of K to the engine; check those of the last chunk."""
        expected = product.tiled(product.golden())
        chunks = len(product.schedule.chunks)
        for chunk in range(chunks):
            for number, row in enumerate(expected):
                result = await self.streams.receive(1)
                ends = chunk == chunks - 1 and number == len(expected) - 1
                assert int(result["last"][0]) == ends, "last result"
                values = result["values"].astype(np.uint32)
                if chunk < chunks - 1:
                    self._send("i_c", values)
                else:
                    assert_equal(values[0], row, f"results of row {number}")
            if chunk == chunks - 2:
                self._results_return = False
                self._send_start_values()
        await self.expect_status(error=False)

    async def expect_status(self, *, error: bool) -> None:
        """Check the error flag of the next status."""
        status = await self.streams.receive(1, "o_status")
        assert bool(status["error"][0]) == error, "error flag"

    async def expect_nothing(self) -> None:
        """Check that no stream gives more items and that the engine accepted every operand."""
        for sink in self.streams.sinks.values():
            await sink.expect_nothing(QUIET_CYCLES)
        for source in self.streams.sources.values():
            assert not source.pending, f"{source.name}: {source.pending} operands not accepted"


async def _check(bench: EngineBench, products: list[EngineProduct]) -> None:
    for product in products:
        bench.send(product)
    for product in products:
        await bench.finish(product)
    await bench.expect_nothing()
    cover(products)


@cocotb.test()
async def products_back_to_back(dut: Any) -> None:
    bench = EngineBench(dut)
    await bench.streams.start()
    await _check(bench, random_products("back to back", parameters()["count"]))


@cocotb.test()
async def products_with_stalls(dut: Any) -> None:
    bench = EngineBench(dut, 0.4)
    await bench.streams.start()
    await _check(bench, random_products("with stalls", parameters()["count"]))


@cocotb.test()
async def longer_tiles_next(dut: Any) -> None:
    """Products of one block are followed by products of as many blocks as fit.

    The first tile of the second product could begin so early that its start values would collide
    with those of the tile before; it must wait.
    """
    bench, rng = EngineBench(dut), generator("longer tiles next")
    engine = design_engine()
    columns = 2 * engine.depth * engine.columns
    await bench.streams.start()
    await _check(
        bench,
        [
            product_of_size(rng, mode, engine.rows, blocks * engine.block_size, across)
            for first in range(8)
            for mode, blocks, across in (
                (first, 1, columns),
                (int(rng.integers(8)), engine.depth, engine.columns),
            )
        ],
    )


@cocotb.test()
async def bad_descriptors(dut: Any) -> None:
    """A bad descriptor gets the error flag and does not disturb the product that follows."""
    bench, rng = EngineBench(dut), generator("bad descriptors")
    engine = design_engine()
    await bench.streams.start()
    bad = bad_fields(engine.block_size, engine.depth)
    for number, (name, fields) in enumerate(bad.items()):
        good = random_product(rng, int(rng.integers(8)))
        bench.send_descriptor(**good.descriptor() | fields)
        await bench.expect_status(error=True)
        coverage.count("descriptor", [{name}])
        if number % 3 == 0:
            bench.send(good)
            await bench.finish(good)
    await bench.expect_nothing()
    coverage.write()


@cocotb.test()
async def slow_sink(dut: Any) -> None:
    """Back-pressure on the results stalls the array and loses nothing."""
    bench = EngineBench(dut)
    bench.streams = Bench(dut, {"o": 0.9, "o_status": 0.9})
    await bench.streams.start()
    await _check(bench, random_products("slow sink", parameters()["count"])[:3])


@cocotb.test()
async def reset_in_mid_product(dut: Any) -> None:
    bench, rng = EngineBench(dut), generator("reset")
    await bench.streams.start()
    for cycles in (3, 20, 50, 90):
        bench.send(random_product(rng, 3))
        for sink in bench.streams.sinks.values():
            sink.start()
        for _ in range(cycles):
            await end_of_cycle(dut)
        for stream in (*bench.streams.sources.values(), *bench.streams.sinks.values()):
            stream.stop()
        dut.rst.value = 1
        await end_of_cycle(dut)
        dut.rst.value = 0
        bench = EngineBench(dut)
        await _check(bench, [random_product(rng, int(rng.integers(8)))])
