"""One session with a core over its buses, whose outputs show the core's mutants.

A session yields everything that the core gives: register words, counters, errors, and whether each
product has the golden model's bits. A mutant is killed if its session differs from that of the
unchanged core.
"""

import ctypes
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hbfp_hw.booster import Pass
from hbfp_hw.core.register import Access
from hbfp_hw.core.registers import (
    ADDRESS_BITS,
    DESCRIPTOR,
    INPUT_STREAMS,
    REGISTERS,
    STREAM_ERRORS,
    WORD_BYTES,
)
from hbfp_hw.driver import (
    CompiledCore,
    CoreError,
    Driver,
    StartedProduct,
    TableEntry,
    TransportError,
)
from hbfp_hw.engine import Engine
from hbfp_hw.generation.design import Design
from hbfp_hw.rtl.descriptor import SIZE_BITS
from hbfp_hw.sim.stimulus.descriptors import bad_fields
from hbfp_hw.simulate import ToolError
from tests.driver.products import Product, random_product

ROUNDS = ((1, 0.0, 24), (2, 0.3, 48))
"""Seed, pauses of the buses and products of each round."""

PATTERNS = (
    (0x55555555, 15),
    (0xAAAAAAAA, 15),
    *((0x55555555, 1 << byte) for byte in range(4)),
    (0xFFFFFFFF, 15),
    (0, 5),
    (0xFFFFFFFF, 15),
    (0, 10),
    (0, 15),
    *(pair for byte in range(4) for pair in ((0xFFFFFFFF, 1 << byte), (0, 15))),
    *(pair for byte in range(4) for pair in ((0xFFFFFFFF, 15), (0, 1 << byte))),
    (0, 15),
)
"""Words written to each register, one after the other, with the byte strobes of each write."""

WIDE_X = 1 << 2
"""Bit of a mode word that widens X."""

MOMENTS, LATEST = 60, 12
"""Number of halts, and limit of the status reads before a halt; later, the product has ended."""

WAITS = 4
"""Waits of 20,000 cycles each, for operands that never come or while Y stalls."""

Outputs = Iterator[object]


def session(design: Design, engine: Engine, library: Path, mutant: int, number: int) -> Outputs:
    """Yield everything that a core gives in a round."""
    seed, pauses, count = ROUNDS[number]
    chooser = ctypes.CDLL(str(library))
    chooser.hbfp_core_choose(mutant)
    rng = np.random.default_rng(seed)
    with CompiledCore(design, pauses=pauses, seed=seed, library=library) as core:
        try:
            yield from _registers(core, rng, chooser.hbfp_core_strobe)
            core_driver = Driver(core)
            yield from _products(core_driver, engine, rng, count)
            yield from _mode_table(core_driver, engine, np.random.default_rng((seed, 1)))
            yield from _refusals(core_driver, engine, rng)
            yield from _sizes(core_driver)
            yield from _stream_errors(core, core_driver, engine, rng)
            yield from _halts(core, core_driver, engine, rng)
            yield from _reset(core_driver, engine, rng)
            if number:
                yield from _long_wait(core, core_driver)
                yield from _long_stall(core, core_driver, engine, rng, chooser.hbfp_core_hold)
        except (CoreError, TransportError, ToolError, ValueError) as error:
            yield f"{type(error).__name__}: {error}"


def _now(coroutine: Coroutine[Any, Any, Any]) -> object:
    """Return the result of a coroutine that never yields, or the text of its error."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    except TransportError as error:
        return str(error)
    raise AssertionError("it gave way")


def _registers(
    core: CompiledCore, rng: np.random.Generator, strobe: Callable[[int], object]
) -> Outputs:
    """Yield the words of all registers before and after writes, and accesses to other addresses."""
    for register in REGISTERS.values():
        places = {0, register.count - 1, int(rng.integers(register.count))}
        for address in sorted(register.address + WORD_BYTES * place for place in places):
            yield register.name, _now(core.read(address))
            if register.access is Access.COMMAND or register.name == "control":
                continue
            for word, bytes_ in PATTERNS:
                strobe(bytes_)
                yield _now(core.write(address, word)), _now(core.read(address))
    strobe(15)
    for bit in range(2, ADDRESS_BITS):
        yield _now(core.read(1 << bit)), _now(core.write((1 << ADDRESS_BITS) - 4 - (1 << bit), 0))


def _products(driver: Driver, engine: Engine, rng: np.random.Generator, count: int) -> Outputs:
    """Run queued products; yield whether each is right, counters and status."""
    products = [random_product(rng, engine, number) for number in range(count)]
    for first in range(0, count, 6):
        queued = products[first : first + 6]
        started = [_start(driver, product, first + k) for k, product in enumerate(queued)]
        for product, start in zip(queued, started, strict=True):
            y = driver.finish(start).tobytes()
            yield y == product.golden(engine) or y
        yield driver.counters()
        yield driver.read("products"), driver.fields("status"), driver.read("interrupt_status")
    driver.clear_counters()
    yield driver.counters()


def _start(driver: Driver, product: Product, number: int) -> StartedProduct:
    """Start a product, every third one with a mode from the mode table."""
    if number % 3:
        return driver.start(*product[:3], **product.options)
    layer, pass_ = number % driver.parameters.layers, list(Pass)[number // 3 % len(Pass)]
    field = REGISTERS["layer_mode"].fields[number // 3 % len(Pass)]
    driver.write("layer_mode", product.mode.word << field.offset, layer)
    return driver.start(*product[:3], table_entry=TableEntry(layer, pass_), seed=int(product.seed))


def _mode_table(driver: Driver, engine: Engine, rng: np.random.Generator) -> Outputs:
    """Run a product from each entry of the mode table, while all others hold another mode."""
    fields = REGISTERS["layer_mode"].fields
    layers = range(driver.parameters.layers)
    for layer in layers:
        for pass_, field in zip(Pass, fields, strict=True):
            product = random_product(rng, engine, int(rng.integers(24)), chunks=1)
            other = sum((product.mode.word ^ WIDE_X) << each.offset for each in fields)
            for each_layer in layers:
                driver.write("layer_mode", other, each_layer)
            driver.write("layer_mode", other ^ WIDE_X << field.offset, layer)
            entry = TableEntry(layer, pass_)
            start = driver.start(*product[:3], table_entry=entry, seed=int(product.seed))
            y = driver.finish(start).tobytes()
            yield y == product.golden(engine) or y


def _refusals(driver: Driver, engine: Engine, rng: np.random.Generator) -> Outputs:
    """Start bad descriptors, and more descriptors than the queue takes; yield errors and status."""
    good = {"rows": 1, "columns": 1, "blocks": 1, "lanes": 1, "chunk": 1, "seed": 0, "mode": 0}
    bad = list(bad_fields(engine.block_size, engine.depth).values())
    bad += [
        {name: value | 1 << bit}
        for name, value in good.items()
        for bit in range(5, 32)
        if name != "seed"
    ]
    for fields in bad:
        words = good | {name: value for name, value in fields.items() if name in good}
        words["mode"] |= REGISTERS["mode"].pack(word=fields.get("rounding", 0))
        for name in DESCRIPTOR:
            driver.write(name, words[name])
        driver.write("start")
        yield driver.read("error"), driver.read("interrupt_status"), driver.fields("status")
        driver.recover()
    for name in DESCRIPTOR:
        driver.write(name, good[name])
    for _ in range(12):
        driver.write("start")
        yield driver.read("error"), driver.fields("status")
        driver.write("error", 1)
    driver.recover()
    yield driver.read("error"), driver.fields("status")


def _sizes(driver: Driver) -> Outputs:
    """Start a product of each size with one bit set; yield whether the core accepts it.

    Its operands are never sent.
    """
    for name in ("rows", "columns", "blocks"):
        for bit in range(SIZE_BITS):
            for field in DESCRIPTOR:
                driver.write(field, int(field not in ("seed", "mode")))
            driver.write(name, 1 << bit)
            driver.write("start")
            yield driver.read("error"), driver.read("error"), driver.fields("status")
            driver.recover()


def _stream_errors(
    core: CompiledCore, driver: Driver, engine: Engine, rng: np.random.Generator
) -> Outputs:
    """Cause each error of each stream; yield the error, and a product after it."""
    blocks = engine.depth
    shapes = (engine.rows, blocks * engine.block_size), (blocks * engine.block_size, 1)
    x, w = (rng.standard_normal(shape).astype(np.float32) for shape in shapes)
    c = np.ones((engine.rows, 1), np.float32)
    items = {"x": engine.rows * blocks, "w": blocks, "c": engine.rows}
    for stream in INPUT_STREAMS:
        size = 4 * (engine.columns if stream == "c" else engine.block_size)
        whole = items[stream] * size
        for error, length in zip(STREAM_ERRORS, (size, whole + size, whole - 1), strict=True):
            try:
                _now(core.send(stream, bytes(length)))
                driver.finish(driver.start(x, w, c))
                yield "no error"
            except CoreError as raised:
                yield stream, error, raised.code, driver.fields("status")
            driver.recover()
            product = random_product(rng, engine, 4, chunks=1)
            y = driver.multiply(*product[:3], **product.options).tobytes()
            yield y == product.golden(engine) or y
            yield driver.read("products"), driver.counters()


def _halts(core: CompiledCore, driver: Driver, engine: Engine, rng: np.random.Generator) -> Outputs:
    """Halt products at many moments; yield status and packets after the halt."""
    shapes = (2 * engine.rows + 1, engine.block_size), (engine.block_size, 4 * engine.columns)
    for moment in range(MOMENTS):
        driver.start(*(rng.standard_normal(shape).astype(np.float32) for shape in shapes))
        for _ in range(moment % LATEST):
            yield driver.fields("status")
        driver.write("control", REGISTERS["control"].pack(halt=1))
        _now(core.wait())
        yield [driver.fields("status") for _ in range(8)]
        while packet := _now(core.receive(0)):
            yield "halted", packet
        driver.recover()


def _reset(driver: Driver, engine: Engine, rng: np.random.Generator) -> Outputs:
    """Reset the core during a product; yield the registers, and a product after it."""
    product = random_product(rng, engine, 7, chunks=2)
    driver.start(*product[:3], **product.options)
    driver.reset()
    for name in ("status", "error", "interrupt_status", "interrupt_enable", "products", "mode"):
        yield name, driver.read(name)
    yield driver.counters(), driver.read("layer_mode", 1)
    y = driver.multiply(*product[:3], **product.options).tobytes()
    yield y == product.golden(engine) or y


def _long_wait(core: CompiledCore, driver: Driver) -> Outputs:
    """Start a product without operands; yield the counters after long waits."""
    for name in DESCRIPTOR:
        driver.write(name, int(name not in ("seed", "mode")))
    driver.write("mode", REGISTERS["mode"].pack(accumulate=1))
    driver.write("start")
    # A pending interrupt would end each wait at once.
    driver.write("interrupt_status", REGISTERS["interrupt_status"].mask)
    for _ in range(WAITS):
        _now(core.wait())
        yield driver.counters()
    driver.recover()


def _long_stall(
    core: CompiledCore,
    driver: Driver,
    engine: Engine,
    rng: np.random.Generator,
    hold: Callable[[int], object],
) -> Outputs:
    """Stall Y for long while a product waits for it; yield the counters, then the product."""
    product = random_product(rng, engine, 4, chunks=1)
    hold(1)
    started = driver.start(*product[:3], **product.options)
    driver.write("interrupt_status", REGISTERS["interrupt_status"].mask)
    for _ in range(WAITS):
        _now(core.wait())
        yield driver.counters()
    hold(0)
    y = driver.finish(started).tobytes()
    yield y == product.golden(engine) or y
    yield driver.counters()
