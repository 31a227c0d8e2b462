"""Checks of the core's products: results, counters and cycles."""

import cocotb

from hbfp_hw.core.registers import COUNTERS
from hbfp_hw.cycles import Report, TimingOptions, simulate_timing
from hbfp_hw.sim import parameters
from hbfp_hw.sim.bench import design_parameters, generator
from hbfp_hw.sim.core_bench import DONE, CoreBench
from hbfp_hw.sim.products import (
    EngineProduct,
    cover,
    design_engine,
    product_of_normals,
    random_products,
)

PACKET_RETURN = 2
"""Cycles that the bus models take from the last beat of a packet of Y to its first beat in C."""


async def check_random_descriptors(bench: CoreBench) -> None:
    """Queue products of all modes; check results, interrupt, counters and overlap."""
    await bench.start()
    products = random_products("random", parameters()["count"])
    chunks = {len(product.schedule.chunks) > 1 for product in products}
    partial = {product.schedule.lanes < design_engine().block_size for product in products}
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
    assert bench.dut.irq.value == 1
    await bench.expect_quiet()
    await bench.write("interrupt_status", await bench.read("interrupt_status"))
    assert bench.dut.irq.value == 0
    assert await bench.read("products") == len(products)
    cover(products)

    # A descriptor leaves the queue in the cycle after its start.
    starts, ends = bench.watch.starts, [bench.watch.ends[packet] for packet in packets]
    assert any(start < end for start, end in zip(starts[1:], ends[:-1], strict=True)), "no overlap"
    busy: set[int] = set()
    for start, end in zip(starts, ends, strict=True):
        busy |= set(range(start + 1, end + 1))
    assert await bench.counter("cycles") == len(busy)
    work = sum(_timing(product).compute for product in products)
    assert await bench.counter("active") == work
    for name in ("stall_x", "stall_w", "stall_c", "stall_y"):
        assert await bench.counter(name) == bench.watch.stalls[name] > 0, name
    await bench.write("clear_counters")
    assert [await bench.counter(name) for name in COUNTERS] == [0] * len(COUNTERS)


async def check_cycles(bench: CoreBench) -> None:
    """Compare the cycles of single products with the cycle model.

    The products have one or two chunks of K; the bus never stalls and is as wide as the items.
    """
    engine = design_engine()
    await bench.start()
    rng = generator("model")
    for number in range(16):
        rows, columns = (int(size) for size in rng.integers(1, 4 * engine.rows * engine.columns, 2))
        blocks = number // 8 * engine.depth + int(rng.integers(1, engine.depth + 1))
        product = product_of_normals(f"model {number}", number % 8, rows, blocks, columns)
        bench.send(product)
        await bench.write("clear_counters")
        await bench.launch(product)
        await bench.finish(product)
        report = _timing(product, PACKET_RETURN)
        assert await bench.counter("cycles") == report.cycles
        assert await bench.counter("active") == report.compute
    await bench.expect_quiet()


async def check_overlap(bench: CoreBench) -> None:
    """Queue products of different modes on a bus that never stalls; count idle cycles."""
    engine = design_engine()
    await bench.start()
    # Each product takes long enough to write the next descriptor and load its operands meanwhile.
    sizes = (engine.rows * engine.panel_tiles, engine.depth, 24 * engine.columns)
    products = [product_of_normals(f"idle {mode}", mode, *sizes) for mode in (0, 3, 4, 1, 7, 0)]
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
    reports = [_timing(product) for product in products]
    work = sum(report.compute for report in reports)
    assert await bench.counter("active") == work
    # The load of the first product and the drain of the last one are unavoidable.
    ends = reports[0].load + reports[-1].drain
    lost = await bench.counter("cycles") - ends - work
    ideal = sum(report.steady for report in reports) - work
    bench.dut._log.info("lost %d of %d cycles, the engine alone %d", lost, work, ideal)
    assert lost - ideal <= 0.02 * work
    await bench.expect_quiet()


def _timing(product: EngineProduct, packet_return: int | None = None) -> Report:
    """Return the cycle model's report of a product."""
    return simulate_timing(
        product.schedule,
        wide_x=product.wide_x,
        wide_w=product.wide_w,
        accumulate=product.c is not None,
        options=TimingOptions(packet_return=packet_return),
    )
