"""cocotb tests of the core, with bus models on all its interfaces."""

from typing import Any

import cocotb
import numpy as np
from cocotbext.axi import AxiResp, AxiStreamFrame

from hbfp_hw.core.register import Access
from hbfp_hw.core.registers import (
    ADDRESS_BITS,
    COUNTERS,
    DESCRIPTOR,
    INPUT_STREAMS,
    REGISTERS,
    STREAM_ERRORS,
    WORD_BYTES,
)
from hbfp_hw.cycles import Report, TimingOptions, simulate_timing
from hbfp_hw.sim import parameters
from hbfp_hw.sim.bench import design_parameters, generator
from hbfp_hw.sim.core_bench import DONE, ERROR, CoreBench
from hbfp_hw.sim.products import Product, cover, design_engine, random_product

WORD = (1 << 32) - 1
PACKET_RETURN = 2
"""Cycles that the bus models take from the last beat of a packet of Y to its first beat in C."""


def _products(name: str, count: int) -> list[Product]:
    """Products in which every mode occurs, in random order."""
    rng = generator(name)
    modes = rng.permutation(np.resize(np.arange(8), count))
    return [random_product(rng, int(mode)) for mode in modes]


def _plain(name: str, mode: int, rows: int, blocks: int, columns: int) -> Product:
    """A product of given sizes, with whole blocks."""
    engine, rng = design_engine(), generator(name)
    product = random_product(rng, mode)
    sizes = (rows, engine.block_size * blocks), (engine.block_size * blocks, columns)
    product.x, product.w = (rng.standard_normal(size).astype(np.float32) for size in sizes)
    if product.c is not None:
        product.c = rng.standard_normal((rows, columns)).astype(np.float32)
    return product


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def registers_do_what_the_table_says(dut: Any) -> None:
    bench, rng = CoreBench(dut, 0.3), generator("registers")
    await bench.start()
    given, engine = design_parameters(), design_engine()
    assert await bench.read("id") == int.from_bytes(b"HBFP", "big")
    array, block = await bench.fields("array"), await bench.fields("block")
    native = engine.variant.value == "native"
    assert array == {"rows": engine.rows, "columns": engine.columns, "native": native}
    assert block["size"] == engine.block_size
    assert block["exponent_bits"] == engine.exponent_bits
    assert block["random_bits"] == given["random_bits"]
    buffers = {"depth": engine.depth, "panel_tiles": engine.panel_tiles}
    assert await bench.fields("buffers") == buffers
    limits = {"queue": given["queue"], "layers": given["layers"]}
    assert await bench.fields("limits") == limits
    assert await bench.fields("status") == {"busy": 0, "halted": 0, "free": given["queue"]}
    sizes = {"operand_bytes": len(dut.s_axis_x_tkeep), "row_bytes": len(dut.m_axis_y_tkeep)}
    assert await bench.fields("bus") == sizes

    known, seen = set(), set()
    for register in REGISTERS.values():
        count = given["layers"] if register.name == "layer_mode" else register.count
        known |= {register.address + WORD_BYTES * index for index in range(count)}
        address = register.address + WORD_BYTES * int(rng.integers(count))
        before = (await bench.axil.read(address, WORD_BYTES)).data
        word, first, size = rng.bytes(WORD_BYTES), int(rng.integers(4)), 1
        if register.name == "control":
            word = bytes(WORD_BYTES)
        size = int(rng.integers(1, WORD_BYTES - first + 1))
        answer = await bench.axil.write(address + first, word[first : first + size])
        after = await bench.axil.read(address, WORD_BYTES)
        assert after.resp == AxiResp.OKAY
        seen.add(register.access)
        good = AxiResp.SLVERR if register.access is Access.READ else AxiResp.OKAY
        assert answer.resp == good, register.name
        if register.access is Access.READ_WRITE:
            mixed = before[:first] + word[first : first + size] + before[first + size :]
            mask = WORD if register.name in DESCRIPTOR else register.mask
            expected = int.from_bytes(mixed, "little") & mask
            assert int.from_bytes(after.data, "little") == expected, register.name
        elif register.access is Access.COMMAND:
            assert not any(after.data)
    assert seen == set(Access)
    unknown = set(range(0, 1 << ADDRESS_BITS, WORD_BYTES)) - known
    for address in rng.choice(sorted(unknown), 20):
        answer = await bench.axil.write(int(address), bytes(WORD_BYTES))
        assert answer.resp == AxiResp.SLVERR, address
        assert (await bench.axil.read(int(address), WORD_BYTES)).resp == AxiResp.SLVERR, address


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random_descriptors(dut: Any) -> None:
    await check_random_descriptors(dut)


async def check_random_descriptors(dut: Any) -> None:
    """Products of all modes queued up, with pauses of every channel."""
    bench = CoreBench(dut, 0.3)
    await bench.start()
    products = _products("random", parameters()["count"])
    chunks = {len(product.schedule.chunks) > 1 for product in products}
    partial = {product.descriptor()["lanes"] < design_engine().block_size for product in products}
    assert chunks == partial == {False, True}

    async def launch() -> None:
        for number, product in enumerate(products):
            bench.send(product)
            layer = number % design_parameters()["layers"] if number % 2 else None
            await bench.launch(product, layer)

    await bench.write("interrupt_enable", DONE)
    task = cocotb.start_soon(launch())
    packets = []
    for product in products:
        await bench.finish(product)
        packets.append(len(bench.watch.ends) - 1)
    await task
    assert dut.irq.value == 1
    await bench.expect_quiet()
    await bench.write("interrupt_status", await bench.read("interrupt_status"))
    assert dut.irq.value == 0
    assert await bench.read("products") == len(products)
    cover(products)

    # The queue hands a descriptor on in the cycle after its start.
    starts, ends = bench.watch.starts, [bench.watch.ends[packet] for packet in packets]
    assert any(start < end for start, end in zip(starts[1:], ends[:-1], strict=True)), "no overlap"
    busy: set[int] = set()
    for start, end in zip(starts, ends, strict=True):
        busy |= set(range(start + 1, end + 1))
    assert await bench.counter("cycles") == len(busy)
    work = sum(_report(product).compute for product in products)
    assert await bench.counter("active") == work
    for name in ("stall_x", "stall_w", "stall_c", "stall_y"):
        assert await bench.counter(name) == bench.watch.stalls[name] > 0, name
    await bench.write("clear_counters")
    assert [await bench.counter(name) for name in COUNTERS] == [0] * len(COUNTERS)


def _report(product: Product, packet_return: int | None = None) -> Report:
    """What the cycle model says about a product."""
    return simulate_timing(
        product.schedule,
        wide_x=product.wide_x,
        wide_w=product.wide_w,
        accumulate=product.c is not None,
        options=TimingOptions(packet_return=packet_return),
    )


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def cycles_are_those_of_the_model(dut: Any) -> None:
    """One product after the other, of one chunk of K and of two, on a bus that never pauses and is
    as wide as the items."""
    bench, engine = CoreBench(dut), design_engine()
    await bench.start()
    rng = generator("model")
    for number in range(16):
        rows, columns = (int(size) for size in rng.integers(1, 4 * engine.rows * engine.columns, 2))
        blocks = number // 8 * engine.depth + int(rng.integers(1, engine.depth + 1))
        product = _plain(f"model {number}", number % 8, rows, blocks, columns)
        bench.send(product)
        await bench.write("clear_counters")
        await bench.launch(product)
        await bench.finish(product)
        report = _report(product, packet_return=PACKET_RETURN)
        assert await bench.counter("cycles") == report.cycles
        assert await bench.counter("active") == report.compute
    await bench.expect_quiet()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def array_does_not_idle_between_products(dut: Any) -> None:
    """Products in different modes, queued up on a bus that never pauses."""
    bench, engine = CoreBench(dut), design_engine()
    await bench.start()
    # Long enough for a descriptor to be written meanwhile, and for its operands to be loaded.
    sizes = (engine.rows * engine.panel_tiles, engine.depth, 24 * engine.columns)
    products = [_plain(f"idle {mode}", mode, *sizes) for mode in (0, 3, 4, 1, 7, 0)]
    for product in products:
        bench.send(product)

    async def launch() -> None:
        for product in products:
            await bench.launch(product)

    await bench.write("clear_counters")
    task = cocotb.start_soon(launch())
    for product in products:
        await bench.finish(product)
    await task
    reports = [_report(product) for product in products]
    work = sum(report.compute for report in reports)
    assert await bench.counter("active") == work
    # The first product's loading and the last one's draining are nobody's loss.
    ends = reports[0].load + reports[-1].drain
    lost = await bench.counter("cycles") - ends - work
    ideal = sum(report.steady for report in reports) - work
    dut._log.info("lost %d of %d cycles, the engine alone %d", lost, work, ideal)
    assert lost - ideal <= 0.02 * work
    await bench.expect_quiet()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def stream_errors(dut: Any) -> None:
    await check_stream_errors(dut)


async def check_stream_errors(dut: Any) -> None:
    """Each is told, halts the core, and does no harm to what follows."""
    bench, rng = CoreBench(dut, 0.2), generator("stream errors")
    await bench.start()
    await bench.write("interrupt_enable", ERROR)
    for name in INPUT_STREAMS:
        for error in STREAM_ERRORS:
            product = _product_of_one_chunk(rng)
            frames = {other: bench.frames(product, other) for other in ("x", "w")}
            assert product.c is not None
            frames["c"] = bench.tile_frames(product, product.c.view(np.uint32))
            _spoil(bench, frames[name], error, len(getattr(dut, f"s_axis_{name}_tkeep")), rng)
            for other, packets in frames.items():
                for frame in packets:
                    bench.sources[other].send_nowait(frame)
            await bench.launch(product)
            while not dut.irq.value:
                await bench.cycles(1)
            assert await bench.fields("error") == {
                field.name: field.name == f"{name}_{error}" for field in REGISTERS["error"].fields
            }
            assert (await bench.fields("status"))["halted"]
            await _recover(bench)
            for mode in rng.integers(8, size=2):
                good = random_product(rng, int(mode))
                bench.send(good)
                await bench.launch(good)
                await bench.finish(good)
    await bench.expect_quiet()


def _product_of_one_chunk(rng: np.random.Generator) -> Product:
    """One that needs no results back, so that all of it is taken, and with packets of two beats."""
    while True:
        product = random_product(rng, 4 | int(rng.integers(4)))
        if len(product.schedule.chunks) == 1 and len(product.x) > 1 < product.schedule.blocks:
            return product


def _spoil(
    bench: CoreBench, frames: list[AxiStreamFrame], error: str, size: int, rng: np.random.Generator
) -> None:
    """Make a mistake in one of the packets; ``size`` is that of a beat."""
    if error == "late":
        number = int(rng.integers(len(frames)))
        # One beat is added without `tlast` before it; of a last packet nobody would miss it.
        frames[number].tdata += bytes(size)
        frames[number].tkeep += [1] * size
        return
    if error == "keep":
        frame = frames[int(rng.integers(len(frames)))]
        frame.tkeep[int(rng.integers(4))] = 0
        return
    long = [frame for frame in frames if len(frame.tdata) > size]
    if not long:
        raise AssertionError("no packet of several beats")
    frame = long[int(rng.integers(len(long)))]
    place = size * int(rng.integers(1, len(frame.tdata) // size))
    rest = AxiStreamFrame(frame.tdata[place:], frame.tkeep[place:])
    frame.tdata, frame.tkeep = frame.tdata[:place], frame.tkeep[:place]
    frames.insert(next(n for n, f in enumerate(frames) if f is frame) + 1, rest)


async def _recover(bench: CoreBench) -> None:
    """What the documentation says is to be done after an error."""
    for source in bench.sources.values():
        await source.wait()  # what is left to send is taken and dropped
    while (await bench.fields("status"))["busy"]:
        pass
    if not bench.sink.idle():
        raise AssertionError("a packet of results was not ended")
    bench.sink.clear()
    await bench.write("error", await bench.read("error"))
    await bench.write("interrupt_status", DONE | ERROR)
    await bench.write("control", 0)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def illegal_descriptors(dut: Any) -> None:
    """Each is refused, and so is what is started before that was acknowledged."""
    bench, rng, engine = CoreBench(dut), generator("illegal"), design_engine()
    await bench.start()
    mode = REGISTERS["mode"]
    layers = design_parameters()["layers"]
    await bench.write("layer_mode", REGISTERS["layer_mode"].pack(input_gradient=3), 0)
    illegal = [
        *({name: 0} for name in ("rows", "columns", "blocks", "lanes", "chunk")),
        *({name: 1 << 16} for name in ("rows", "columns", "blocks")),
        *({name: 1 << 31 | 1} for name in ("rows", "columns", "blocks", "lanes", "chunk")),
        {"lanes": engine.block_size + 1},
        {"chunk": engine.depth + 1},
        {"mode": mode.pack(word=3)},
        {"mode": mode.pack(from_table=1, product=1)},
        {"mode": mode.pack(from_table=1, product=3)},
        {"mode": mode.pack(from_table=1, layer=layers)},
        {"mode": mode.pack(from_table=1, layer=WORD >> 16)},
        *({"mode": 1 << bit} for bit in range(8, 16)),
    ]
    errors = REGISTERS["error"]
    for words in illegal:
        good = random_product(rng, int(rng.integers(8)))
        await bench.describe(good, **words)
        await bench.write("start")
        assert await bench.read("error") == errors.pack(descriptor=1), words
        await bench.describe(good)
        await bench.write("start")
        assert await bench.read("error") == errors.pack(descriptor=1, refused=1)
        await bench.write("error", errors.pack(descriptor=1))
        assert await bench.read("error") == errors.pack(refused=1)
        await bench.write("error", errors.pack(refused=1))
    good = random_product(rng, 3)
    await bench.describe(good)
    places = (await bench.fields("status"))["free"]
    started = 0
    while not await bench.read("error"):
        await bench.write("start")
        started += 1
    assert await bench.read("error") == errors.pack(queue_full=1)
    assert started > places
    assert await bench.read("interrupt_status") == ERROR
    await bench.write("error", WORD)
    for _ in range(started - 1):
        bench.send(good)
    for _ in range(started - 1):
        await bench.finish(good)
    await bench.expect_quiet()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def stopped_in_mid_product(dut: Any) -> None:
    """By reset and by software, with the results blocked and not; what follows is right."""
    bench, rng = CoreBench(dut, 0.1), generator("stopped")
    await bench.start()
    for number, cycles in enumerate((3, 20, 60, 61, 120, 121, 200, 300)):
        products = [random_product(rng, int(mode)) for mode in rng.integers(4, size=3)]
        for product in products:
            bench.send(product)
            await bench.launch(product)
        await bench.cycles(cycles)
        if number % 2:
            await bench.write("control", REGISTERS["control"].pack(halt=1))
            await bench.describe(products[0])
            await bench.write("start")
            assert await bench.read("error") == REGISTERS["error"].pack(refused=1)
            await _recover(bench)
        else:
            await bench.reset()
            # The table stays; a reset takes everything else.
            assert await bench.read("products") == 0
        product = random_product(rng, int(rng.integers(8)))
        bench.send(product)
        await bench.launch(product)
        await bench.finish(product)
    await bench.expect_quiet()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def packet_is_ended_after_the_halt(dut: Any) -> None:
    """Its sink takes the beat on offer when the core has long been at work again."""
    bench = CoreBench(dut)
    await bench.start()
    engine = design_engine()
    sizes = (engine.rows, 1, engine.columns)
    stopped, product = _plain("cut", 0, *sizes), _plain("after the cut", 3, *sizes)
    bench.sink.pause = True
    bench.send(stopped)
    await bench.launch(stopped)
    while dut.m_axis_y_tvalid.value == 0:
        await bench.cycles(1)
    await bench.write("control", REGISTERS["control"].pack(halt=1))
    assert (await bench.fields("status"))["busy"]
    await bench.write("control", 0)
    bench.send(product)
    await bench.launch(product)
    await bench.cycles(100)
    bench.sink.pause = False
    frame = await bench.sink.recv(compact=False)
    size = len(frame.tdata) // 2
    assert frame.tkeep == [1] * size + [0] * size, "the row on offer, then a beat of no bytes"
    await bench.finish(product)
    assert await bench.read("products") == 1
    await bench.expect_quiet()
