"""cocotb tests of the driver on bus models, with a core whose items have padding."""

from typing import Any

import cocotb
import numpy as np
import pytest
from cocotb.clock import Clock

from hbfp_hw.driver import AsyncDriver, CoreError
from hbfp_hw.driver.bus_models import SimulatedBuses
from hbfp_hw.sim import parameters
from tests.driver.products import random_product


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def products_errors_and_reset(dut: Any) -> None:
    Clock(dut.aclk, 10, unit="ns").start()
    buses = SimulatedBuses(dut, patience=2000)
    await buses.reset()
    driver = await AsyncDriver.open(buses, parameters()["design"]["parameters"])
    engine, rng = driver.parameters.engine, np.random.default_rng(cocotb.RANDOM_SEED)

    async def check(first: int, count: int) -> None:
        """Queue products with and without C, of one chunk and of two."""
        products = [
            random_product(rng, engine, number, chunks=1 + number % 3 // 2)
            for number in range(first, first + count)
        ]
        started = [await driver.start(*p[:3], **p.options) for p in products]
        for product, each in zip(products, started, strict=True):
            assert (await driver.finish(each)).tobytes() == product.golden(engine)

    await check(0, 8)
    assert await driver.read("products") == 8
    assert (await driver.counters())["active"] > 0
    assert (await driver.counters())["stall_y"] == 0

    x, w = (np.ones(shape, np.float32) for shape in ((3, 9), (9, 2)))
    await buses.send("x", bytes(driver.parameters.operand_bytes))
    with pytest.raises(CoreError) as raised:
        await driver.multiply(x, w)
    assert (raised.value.names, raised.value.streams) == (("x_early",), ("x",))
    await driver.recover()
    await check(8, 3)

    await driver.start(x, w)
    await driver.reset()
    await check(11, 3)

    buses.sources["w"].pause = True
    with pytest.raises(TimeoutError, match=r"^Core gave no packet in 2000 cycles$"):
        await driver.multiply(x, w)
