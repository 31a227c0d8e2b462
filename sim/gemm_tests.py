"""cocotb tests of the GEMM engine: product after product on one engine."""

from collections import deque
from typing import Any

import cocotb
import numpy as np

from hbfp_hw.generation.payload import pack
from hbfp_hw.sim import coverage, parameters
from hbfp_hw.sim.bench import QUIET_CYCLES, Bench, assert_equal, description, generator
from hbfp_hw.sim.products import (
    Product,
    Words,
    cover,
    design_engine,
    product_of_size,
    random_product,
)
from hbfp_hw.sim.stimulus import bits
from hbfp_hw.sim.stimulus.descriptors import bad_fields
from hbfp_hw.sim.streams import end_of_cycle


class Driver:
    """Runs products on the engine, one after the other or all queued up."""

    def __init__(self, dut: Any, stalls: float = 0.0):
        self.bench = Bench(dut, stalls)
        self._streams = description().streams
        self._coming: deque[Product] = deque()  # products whose start values have not been sent
        self._results_come_back = False  # before any other start values

    def _send(self, name: str, words: Words) -> None:
        rows = np.ascontiguousarray(words, "<u4")
        self.bench.sources[name].send(int.from_bytes(row.tobytes(), "little") for row in rows)

    def send_descriptor(self, **fields: int) -> None:
        """Queue a descriptor."""
        values = {name: [value] for name, value in fields.items()}
        self._send("i_descriptor", pack(self._streams["i_descriptor"].fields, values))

    def send(self, product: Product) -> None:
        """Queue a product's descriptor and operands, and its start values when it is their turn."""
        self._send("i_x", product.blocks_x())
        self._send("i_w", product.blocks_w())
        self.send_descriptor(**product.descriptor())
        self._coming.append(product)
        self._send_start_values()

    def _send_start_values(self) -> None:
        """Queue those of the coming products, up to the first one with several chunks of K."""
        while self._coming and not self._results_come_back:
            product = self._coming.popleft()
            if product.c is not None:
                self._send("i_c", product.tiled(bits(product.c)))
            self._results_come_back = len(product.schedule.chunks) > 1

    async def finish(self, product: Product) -> None:
        """Between chunks of K feed the results back; check all of them."""
        expected = product.tiled(product.golden())
        chunks = len(product.schedule.chunks)
        for chunk in range(chunks):
            for number, row in enumerate(expected):
                result = await self.bench.receive(1)
                ends = chunk == chunks - 1 and number == len(expected) - 1
                assert int(result["last"][0]) == ends, "last result"
                values = result["values"].astype(np.uint32)
                if chunk < chunks - 1:
                    self._send("i_c", values)
                else:
                    assert_equal(values[0], row, f"results of row {number}")
            if chunk == chunks - 2:
                self._results_come_back = False
                self._send_start_values()
        await self.expect_status(error=False)

    async def expect_status(self, *, error: bool) -> None:
        """Check how the next product ended."""
        status = await self.bench.receive(1, "o_status")
        assert bool(status["error"][0]) == error, "error flag"

    async def expect_nothing(self) -> None:
        """Check that no stream has anything more, and that every operand was taken."""
        for sink in self.bench.sinks.values():
            await sink.expect_nothing(QUIET_CYCLES)
        for source in self.bench.sources.values():
            assert not source.pending, f"{source.name}: {source.pending} operands too many"


def _products(name: str) -> list[Product]:
    """Products in which every mode occurs, in random order."""
    rng = generator(name)
    modes = rng.permutation(np.resize(np.arange(8), parameters()["count"]))
    return [random_product(rng, int(mode)) for mode in modes]


async def _check(driver: Driver, products: list[Product]) -> None:
    for product in products:
        driver.send(product)
    for product in products:
        await driver.finish(product)
    await driver.expect_nothing()
    cover(products)


@cocotb.test()
async def products_back_to_back(dut: Any) -> None:
    driver = Driver(dut)
    await driver.bench.start()
    await _check(driver, _products("back to back"))


@cocotb.test()
async def products_with_stalls(dut: Any) -> None:
    driver = Driver(dut, 0.4)
    await driver.bench.start()
    await _check(driver, _products("with stalls"))


@cocotb.test()
async def longer_tiles_next(dut: Any) -> None:
    """Products of one block, each followed by one of as many as fit, whose operands are there.

    The first tile of the second comes so early that its start values would meet those of the tile
    before, if it did not wait.
    """
    driver, rng = Driver(dut), generator("longer tiles next")
    engine = design_engine()
    columns = 2 * engine.depth * engine.columns
    await driver.bench.start()
    await _check(
        driver,
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
    """Each is answered by the error flag and does no harm to the product that follows."""
    driver, rng = Driver(dut), generator("bad descriptors")
    engine = design_engine()
    await driver.bench.start()
    bad = bad_fields(engine.block_size, engine.depth)
    for number, (name, fields) in enumerate(bad.items()):
        good = random_product(rng, int(rng.integers(8)))
        driver.send_descriptor(**good.descriptor() | fields)
        await driver.expect_status(error=True)
        coverage.count("descriptor", [{name}])
        if number % 3 == 0:
            driver.send(good)
            await driver.finish(good)
    await driver.expect_nothing()
    coverage.write()


@cocotb.test()
async def slow_sink(dut: Any) -> None:
    """Results wait, and the array with them; nothing is lost."""
    driver = Driver(dut)
    driver.bench = Bench(dut, {"o": 0.9, "o_status": 0.9})
    await driver.bench.start()
    await _check(driver, _products("slow sink")[:3])


@cocotb.test()
async def reset_in_mid_product(dut: Any) -> None:
    driver, rng = Driver(dut), generator("reset")
    await driver.bench.start()
    for cycles in (3, 20, 50, 90):
        driver.send(random_product(rng, 3))
        for sink in driver.bench.sinks.values():
            sink.start()
        for _ in range(cycles):
            await end_of_cycle(dut)
        for stream in (*driver.bench.sources.values(), *driver.bench.sinks.values()):
            stream.stop()
        dut.rst.value = 1
        await end_of_cycle(dut)
        dut.rst.value = 0
        driver = Driver(dut)
        await _check(driver, [random_product(rng, int(rng.integers(8)))])
