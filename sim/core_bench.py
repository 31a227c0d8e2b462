"""Test bench of the core: bus models on every interface, and a monitor of the handshakes."""

import itertools
import random
from collections.abc import Iterator
from logging import WARNING
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiResp,
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)
from numpy.typing import NDArray

from hbfp_hw.core.packets import beats, bus_bytes, packets
from hbfp_hw.core.registers import INPUT_STREAMS, REGISTERS, WORD_BYTES
from hbfp_hw.sim.bench import assert_equal, design_parameters
from hbfp_hw.sim.bus_monitor import BusMonitor
from hbfp_hw.sim.products import EngineProduct, Words, design_engine
from hbfp_hw.sim.stimulus import bits

PERIOD_NS = 10
PATIENCE = 5000
"""Cycles to wait for a packet of results before the test fails."""
WORD = (1 << 32) - 1
"""Register word of all ones."""
DONE, ERROR = (REGISTERS["interrupt_status"].pack(**{name: 1}) for name in ("done", "error"))
"""Bits of the interrupt registers."""


def _pauses(probability: float, seed: int) -> Iterator[bool]:
    """Yield for each cycle whether a bus model pauses, without end."""
    generator = random.Random(seed)
    while True:
        yield generator.random() < probability


class CoreBench:
    """The core between bus models.

    Parameters:
        dut: The core.
        pauses: Probability that a channel of a bus pauses in a cycle.

    Members:
        dut: The core.
        axil: Bus model of AXI4-Lite.
        sources: Bus models of the input streams, by their letters.
        sink: Bus model of the stream of results.
        watch: Monitor of the buses.
        rng: Random numbers for padding.
    """

    def __init__(self, dut: Any, pauses: float = 0.0):
        self.dut = dut
        clocking = (dut.aclk, dut.aresetn, False)
        self.axil = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), *clocking)
        self.sources = {
            name: AxiStreamSource(AxiStreamBus.from_prefix(dut, f"s_axis_{name}"), *clocking)
            for name in INPUT_STREAMS
        }
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_y"), *clocking)
        self.watch = BusMonitor(dut)
        self.rng = np.random.default_rng(cocotb.RANDOM_SEED)
        channels = [
            self.axil.write_if.aw_channel,
            self.axil.write_if.w_channel,
            self.axil.write_if.b_channel,
            self.axil.read_if.ar_channel,
            self.axil.read_if.r_channel,
            *self.sources.values(),
            self.sink,
        ]
        for number, channel in enumerate(channels):
            channel.log.setLevel(WARNING)
            if pauses:
                channel.set_pause_generator(_pauses(pauses, cocotb.RANDOM_SEED + number))
        given, engine = design_parameters(), design_engine()
        sizes = {"operands": engine.block_size, "rows": engine.columns}
        self._beats = {name: beats(32 * size, given["bus_bits"]) for name, size in sizes.items()}
        self._bytes = {
            name: bus_bytes(32 * size, given["bus_bits"]) for name, size in sizes.items()
        }

    async def start(self) -> None:
        """Start the clock, reset the core and start the monitor."""
        self.dut.aresetn.value = 0
        Clock(self.dut.aclk, PERIOD_NS, unit="ns").start()
        await self.cycles(4)
        self.dut.aresetn.value = 1
        await self.cycles(1)
        cocotb.start_soon(self.watch.run())

    async def reset(self) -> None:
        """Reset the core at any time, and drop everything queued in the bus models."""
        self.dut.aresetn.value = 0
        for stream in (*self.sources.values(), self.sink):
            stream.clear()
        await self.cycles(2)
        self.dut.aresetn.value = 1
        await self.cycles(2)
        self.sink.clear()

    async def cycles(self, count: int) -> None:
        """Wait for this number of cycles."""
        for _ in range(count):
            await RisingEdge(self.dut.aclk)

    async def write(self, name: str, word: int = 0, index: int = 0) -> None:
        """Write a register and check that the core accepts it."""
        address = REGISTERS[name].address + WORD_BYTES * index
        answer = await self.axil.write(address, word.to_bytes(WORD_BYTES, "little"))
        assert answer.resp == AxiResp.OKAY, f"{name}: {answer.resp!r}"

    async def read(self, name: str, index: int = 0) -> int:
        """Read a register and check that the core accepts it."""
        answer = await self.axil.read(REGISTERS[name].address + WORD_BYTES * index, WORD_BYTES)
        assert answer.resp == AxiResp.OKAY, f"{name}: {answer.resp!r}"
        return int.from_bytes(answer.data, "little")

    async def fields(self, name: str) -> dict[str, int]:
        """Read the fields of a register."""
        return REGISTERS[name].unpack(await self.read(name))

    async def counter(self, name: str) -> int:
        """Read a counter."""
        return await self.read(name) | await self.read(name, 1) << 32

    async def describe(
        self, product: EngineProduct, layer: int | None = None, **other: int
    ) -> None:
        """Write a descriptor without starting it.

        Parameters:
            product: The product.
            layer: Layer of the mode table, whose entry is written first and gives the mode; None
                for a mode in the descriptor itself.
            other: Register words to write instead of the product's own.
        """
        given = product.descriptor()
        mode = given["rounding"] | given["wide_x"] << 2 | given["wide_w"] << 3
        how = {"accumulate": given["accumulate"], "word": mode}
        if layer is not None:
            field = REGISTERS["layer_mode"].fields[layer % 3]
            entry = int(self.rng.integers(1 << 12)) & ~field.mask | mode << field.offset
            await self.write("layer_mode", entry, layer)
            how |= {"word": mode ^ 5, "from_table": 1, "product": layer % 3, "layer": layer}
        words = {**product.schedule.sizes(), "seed": given["seed"]}
        words |= {"mode": REGISTERS["mode"].pack(**how)} | other
        for name, word in words.items():
            await self.write(name, word)

    async def launch(self, product: EngineProduct, layer: int | None = None) -> None:
        """Start a product as soon as the queue has a free entry."""
        await self.describe(product, layer)
        while not (await self.fields("status"))["free"]:
            pass
        await self.write("start")

    def frames(self, product: EngineProduct, name: str) -> list[AxiStreamFrame]:
        """Return the packets of X or W."""
        order = {"x": product.schedule.x_order, "w": product.schedule.w_order}[name]()
        items = {"x": product.blocks_x, "w": product.blocks_w}[name]()
        blocks = product.schedule.blocks
        counts = np.full(len(items), items.shape[1])
        counts[order % blocks == blocks - 1] = product.schedule.lanes
        return self._frames(items, counts, getattr(packets(product.schedule), name), "operands")

    def tile_frames(self, product: EngineProduct, matrix: Words) -> list[AxiStreamFrame]:
        """Return the packets of C, given as its bits."""
        items = product.tiled(matrix)
        _, firsts = product.schedule.result_rows()
        counts = np.minimum(items.shape[1], product.w.shape[1] - firsts)
        return self._frames(items, counts, packets(product.schedule).results, "rows")

    def send(self, product: EngineProduct) -> None:
        """Queue the operands of a product in the bus models."""
        for name in ("x", "w"):
            for frame in self.frames(product, name):
                self.sources[name].send_nowait(frame)

    async def finish(self, product: EngineProduct) -> None:
        """Send start values, return results between chunks of K as C, and check the final ones."""
        sizes = packets(product.schedule).results
        if product.c is not None:
            for frame in self.tile_frames(product, bits(product.c)):
                self.sources["c"].send_nowait(frame)
        expected = product.tiled(product.golden())
        chunks = len(product.schedule.chunks)
        for chunk in range(chunks):
            first = 0
            for size in sizes:
                frame = await cocotb.triggers.with_timeout(
                    self.sink.recv(compact=False), PATIENCE * PERIOD_NS, "ns"
                )
                rows = self.rows(frame)
                assert len(rows) == size, "rows in a packet"
                if chunk < chunks - 1:
                    self.sources["c"].send_nowait(AxiStreamFrame(frame.tdata))
                else:
                    assert_equal(rows, expected[first : first + size], f"results from row {first}")
                first += size

    def rows(self, frame: AxiStreamFrame) -> Words:
        """Return the rows of a packet of results and check its ``tkeep``."""
        width = self._beats["rows"] * self._bytes["rows"]
        data = np.frombuffer(bytes(frame.tdata), np.uint8).reshape(-1, width)
        used = 4 * design_engine().columns
        keep = np.array(frame.tkeep).reshape(-1, width)
        assert keep[:, :used].all(), "tkeep of a value"
        assert not keep[:, used:].any(), "tkeep of padding"
        return np.ascontiguousarray(data[:, :used]).view(np.uint32)

    async def expect_quiet(self) -> None:
        """Check that core and bus models are idle and empty, without an error."""
        await self.cycles(8)
        status = await self.fields("status")
        assert (status["busy"], status["halted"]) == (0, 0)
        assert await self.read("error") == 0
        assert self.sink.empty(), "too many results"
        for name, source in self.sources.items():
            assert source.idle(), f"{name}: items that the core did not accept"

    def _frames(
        self, items: Words, counts: NDArray[np.int64], sizes: list[int], kind: str
    ) -> list[AxiStreamFrame]:
        """Cut items into packets.

        Parameters:
            items: FP32 patterns, shape (items, values).
            counts: Number of values used in each item. The other bytes are random, and so is their
                ``tkeep``.
            sizes: Number of items in each packet.
            kind: ``operands`` or ``rows``, which decides the beats of an item.
        """
        width = self._beats[kind] * self._bytes[kind]
        data = self.rng.integers(0, 256, (len(items), width), np.uint8)
        data[:, : 4 * items.shape[1]] = np.ascontiguousarray(items).view(np.uint8)
        counted = np.arange(width) < 4 * counts[:, np.newaxis]
        keep = counted | self.rng.integers(0, 2, data.shape, bool)
        data[~counted] = self.rng.integers(0, 256, np.count_nonzero(~counted), np.uint8)
        ends = np.cumsum(sizes)
        assert ends[-1] == len(items)
        return [
            AxiStreamFrame(data[first:end].tobytes(), keep[first:end].astype(int).ravel().tolist())
            for first, end in itertools.pairwise([0, *ends.tolist()])
        ]
