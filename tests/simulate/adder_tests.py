"""cocotb tests of the adder, written as those of a unit."""

import random
from typing import Any

import cocotb

from hbfp_hw.sim import parameters
from hbfp_hw.sim.streams import (
    StreamSink,
    StreamSource,
    end_of_cycle,
    random_stalls,
    start_clock_and_reset,
)


@cocotb.test()
async def sums_with_stalls(dut: Any) -> None:
    count, width = parameters()["count"], parameters()["width"]
    a = [random.getrandbits(width) for _ in range(count)]
    b = [random.getrandbits(width) for _ in range(count)]
    source_a = StreamSource(dut, "a", stalls=random_stalls(0.3, 1))
    source_b = StreamSource(dut, "b", stalls=random_stalls(0.4, 2))
    sink = StreamSink(dut, "y", stalls=random_stalls(0.5, 3))
    await start_clock_and_reset(dut)
    source_a.send(a)
    source_b.send(b)
    sums = await sink.receive(count)
    assert sums == [(x + y) % 2**width for x, y in zip(a, b, strict=True)]
    await sink.expect_nothing(8)


@cocotb.test()
async def one_sum_per_cycle(dut: Any) -> None:
    sources = [StreamSource(dut, "a"), StreamSource(dut, "b")]
    sink = StreamSink(dut, "y")
    await start_clock_and_reset(dut)
    for source in sources:
        source.send(range(20))
    assert await sink.receive(20) == list(range(0, 40, 2))
    await sources[0].drained()
    latency = sink.cycles[0] - sources[0].cycles[0]
    assert latency == parameters()["latency"]
    assert sink.cycles[-1] - sink.cycles[0] == 19


@cocotb.test()
async def stopped_streams_transfer_nothing(dut: Any) -> None:
    sources = [StreamSource(dut, "a"), StreamSource(dut, "b")]
    sink = StreamSink(dut, "y")
    await start_clock_and_reset(dut)
    for source in sources:
        source.send(range(20))
    await sink.receive(5)
    for stream in (*sources, sink):
        stream.stop()
    transfers = len(sink.cycles)
    for _ in range(8):
        await end_of_cycle(dut)
        assert dut.a__valid.value == 0
        assert dut.y__ready.value == 0
    assert len(sink.cycles) == transfers
