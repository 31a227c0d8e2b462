"""The compiled core, through its driver: bits of the golden model, cycles of the cycle model."""

import itertools

import numpy as np
import pytest

from hbfp_hw.booster import BoosterSchedule, Mode, Pass
from hbfp_hw.core.registers import COUNTERS
from hbfp_hw.cycles import TimingOptions, simulate_timing
from hbfp_hw.driver import CompiledCore, Driver, TableEntry
from hbfp_hw.driver.compiled import PACKET_RETURN
from hbfp_hw.format import Rounding
from tests.driver.products import ENGINE, Product, random_product


@pytest.mark.parametrize("pauses", [0.0, 0.4])
def test_random_products(design, pauses):
    """Products in all modes, with and without C, of one to three chunks, queued up."""
    rng = np.random.default_rng(int(10 * pauses))
    products = [random_product(rng, ENGINE, number) for number in range(48)]
    assert {product.mode.word for product in products} == {
        Mode(rounding, x, w).word for rounding in Rounding for x in (0, 1) for w in (0, 1)
    }
    schedules = [product.schedule(ENGINE) for product in products]
    classes = {
        (product.c is None, len(schedule.chunks))
        for product, schedule in zip(products, schedules, strict=True)
    }
    assert classes == {(c, chunks) for c in (False, True) for chunks in (1, 2, 3)}
    assert {len(schedule.panels) for schedule in schedules} == {1, 2, 3}
    assert {product.x.shape[1] % ENGINE.block_size for product in products} == {0, 1, 2, 3}
    calls = []
    with CompiledCore(design, pauses=pauses, seed=1) as core:
        driver = Driver(core, design.description.parameters)
        for first in range(0, len(products), 12):  # more than queue and engine hold
            queued = products[first : first + 12]
            started = [driver.start(*p[:3], **p.options) for p in queued]
            for number, product in enumerate(queued):
                y = driver.finish(started[number], lambda *call: calls.append(call))
                assert (y.dtype, y.tobytes()) == (np.float32, product.golden(ENGINE))
            assert calls[-1] == (started[-1].total, started[-1].total)
        assert driver.read("products") == len(products)
        assert driver.fields("status") == {"busy": 0, "halted": 0, "free": 4}
        counters = driver.counters()
        assert list(counters) == list(COUNTERS)
        assert counters["cycles"] > counters["active"] > 0
        assert (counters["stall_y"] > 0) == (pauses > 0)
        driver.clear_counters()
        assert driver.counters() == dict.fromkeys(COUNTERS, 0)


def test_counters_are_those_of_the_model(driver):
    """The counters match the cycle model for one to three chunks and up to 15 panels.

    The array stalls only for start values.
    """
    rng, seen = np.random.default_rng(5), set()
    for number in range(96):
        mode = {"wide_x": bool(number & 1), "wide_w": bool(number & 2)}
        rows, length, columns = (int(rng.integers(1, most)) for most in (61, 25, 10))
        x, w, c = (
            rng.standard_normal(shape).astype(np.float32)
            for shape in ((rows, length), (length, columns), (rows, columns))
        )
        driver.clear_counters()
        driver.multiply(x, w, c if number & 4 else None, **mode)
        schedule = ENGINE.schedule(rows, length, columns)
        report = simulate_timing(
            schedule,
            **mode,
            accumulate=bool(number & 4),
            options=TimingOptions(packet_return=PACKET_RETURN),
        )
        assert driver.counters() == dict.fromkeys(COUNTERS, 0) | {
            "cycles": report.cycles,
            "active": report.compute,
            "stall_c": report.start_value_wait,
        }
        waited = report.start_value_wait > 0
        seen.add((len(schedule.chunks), len(schedule.panels) > 8, bool(number & 4), waited))
    kinds = itertools.product((1, 2, 3), (False, True), (False, True))
    assert {kind[:3] for kind in seen} == set(kinds)
    assert {chunks > 1 for chunks, *_, waited in seen if waited} == {True}


def test_results_in_any_order(driver):
    rng = np.random.default_rng(3)
    products = [random_product(rng, ENGINE, number, chunks=2) for number in (4, 0, 7)]
    started = [driver.start(*p[:3], **p.options) for p in products]
    for number in (1, 2, 0):
        assert driver.finish(started[number]).tobytes() == products[number].golden(ENGINE)


def test_table_of_modes(driver):
    """The products of each layer have the formats that the schedule gives them in each epoch."""
    options = {"block_size": ENGINE.block_size, "rounding": Rounding.TRUNCATE}
    schedule = BoosterSchedule.preset("booster", layers=3, epochs=2, **options)
    rng = np.random.default_rng(4)
    seen = set()
    for _ in range(schedule.epochs):
        driver.load_modes(schedule)
        for layer in range(schedule.layers):
            for kind in Pass:
                x, w, c, _, seed = random_product(rng, ENGINE, 4)
                product = Product(x, w, c, schedule.mode(layer, kind), seed)
                entry = TableEntry(layer, kind)
                y = driver.multiply(x, w, c, table_entry=entry, seed=seed)
                assert y.tobytes() == product.golden(ENGINE)
                seen.add(product.mode.wide_x)
        schedule.step_epoch()
    assert seen == {False, True}
    # A reset keeps the mode table.
    driver.reset()
    y = driver.multiply(x, w, c, table_entry=entry, seed=seed)
    assert y.tobytes() == product.golden(ENGINE)
