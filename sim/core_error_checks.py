"""Checks of the core's errors: malformed packets, illegal descriptors, reset and halt."""

import numpy as np
from cocotbext.axi import AxiStreamFrame

from hbfp_hw.core.registers import INPUT_STREAMS, REGISTERS, STREAM_ERRORS
from hbfp_hw.sim.bench import design_parameters, generator
from hbfp_hw.sim.core_bench import DONE, ERROR, WORD, CoreBench
from hbfp_hw.sim.products import (
    EngineProduct,
    design_engine,
    product_of_normals,
    random_product,
)


async def check_stream_errors(bench: CoreBench) -> None:
    """Send each kind of malformed packet on each stream; check error, halt and recovery."""
    rng = generator("stream errors")
    await bench.start()
    await bench.write("interrupt_enable", ERROR)
    for name in INPUT_STREAMS:
        for error in STREAM_ERRORS:
            product = _product_of_one_chunk(rng)
            frames = {other: bench.frames(product, other) for other in ("x", "w")}
            assert product.c is not None
            frames["c"] = bench.tile_frames(product, product.c.view(np.uint32))
            _spoil(bench, frames[name], error, len(getattr(bench.dut, f"s_axis_{name}_tkeep")), rng)
            for other, packets in frames.items():
                for frame in packets:
                    bench.sources[other].send_nowait(frame)
            await bench.launch(product)
            while not bench.dut.irq.value:
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


def _product_of_one_chunk(rng: np.random.Generator) -> EngineProduct:
    """Draw a product of one chunk, with packets of two beats or more.

    A product of one chunk needs no results back. So its sources do not wait for the core, and run
    empty while the halted core drops all beats.
    """
    while True:
        product = random_product(rng, 4 | int(rng.integers(4)))
        if len(product.schedule.chunks) == 1 and len(product.x) > 1 < product.schedule.blocks:
            return product


def _spoil(
    bench: CoreBench, frames: list[AxiStreamFrame], error: str, size: int, rng: np.random.Generator
) -> None:
    """Put an error into one of the packets; a beat has ``size`` bytes."""
    if error == "late":
        number = int(rng.integers(len(frames)))
        # One more beat, with `tlast` on it instead of the beat before.
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
    cut = size * int(rng.integers(1, len(frame.tdata) // size))
    rest = AxiStreamFrame(frame.tdata[cut:], frame.tkeep[cut:])
    frame.tdata, frame.tkeep = frame.tdata[:cut], frame.tkeep[:cut]
    frames.insert(next(n for n, f in enumerate(frames) if f is frame) + 1, rest)


async def _recover(bench: CoreBench) -> None:
    """Recover from an error as the documentation of the core describes."""
    for source in bench.sources.values():
        await source.wait()  # the core accepts and drops the rest
    while (await bench.fields("status"))["busy"]:
        pass
    if not bench.sink.idle():
        raise AssertionError("a packet of results was not ended")
    bench.sink.clear()
    await bench.write("error", await bench.read("error"))
    await bench.write("interrupt_status", DONE | ERROR)
    await bench.write("control", 0)


async def check_illegal_descriptors(bench: CoreBench) -> None:
    """Start descriptors with each illegal field, then more than fit the queue; check the errors."""
    rng = generator("illegal")
    await bench.start()
    await bench.write("layer_mode", REGISTERS["layer_mode"].pack(input_gradient=3), 0)
    illegal = _illegal_words()
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
    free = (await bench.fields("status"))["free"]
    started = 0
    while not await bench.read("error"):
        await bench.write("start")
        started += 1
    assert await bench.read("error") == errors.pack(queue_full=1)
    assert started > free
    assert await bench.read("interrupt_status") == ERROR
    await bench.write("error", WORD)
    for _ in range(started - 1):
        bench.send(good)
    for _ in range(started - 1):
        await bench.finish(good)
    await bench.expect_quiet()


def _illegal_words() -> list[dict[str, int]]:
    """Return sets of register words; each set makes a descriptor illegal in one way."""
    engine, mode, layers = design_engine(), REGISTERS["mode"], design_parameters()["layers"]
    return [
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


async def check_stop(bench: CoreBench) -> None:
    """Stop products by reset and by halt after various cycles, then check the next product."""
    rng = generator("stopped")
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
            # A reset clears everything but the mode table.
            assert await bench.read("products") == 0
        product = random_product(rng, int(rng.integers(8)))
        bench.send(product)
        await bench.launch(product)
        await bench.finish(product)
    await bench.expect_quiet()


async def check_cut_packet(bench: CoreBench) -> None:
    """Halt the core while its sink stalls; accept the rest of the packet much later."""
    await bench.start()
    engine = design_engine()
    sizes = (engine.rows, 1, engine.columns)
    stopped = product_of_normals("cut", 0, *sizes)
    product = product_of_normals("after the cut", 3, *sizes)
    bench.sink.pause = True
    bench.send(stopped)
    await bench.launch(stopped)
    while bench.dut.m_axis_y_tvalid.value == 0:
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
