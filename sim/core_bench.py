"""A test bench for the core: real bus models on every interface, and a watch on the handshakes."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Mapping
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
from hbfp_hw.sim.products import Product, Words, design_engine
from hbfp_hw.sim.stimulus import bits

PERIOD_NS = 10
PATIENCE = 5000
"""Cycles that anything may take."""
DONE, ERROR = (REGISTERS["interrupt_status"].pack(**{name: 1}) for name in ("done", "error"))


def _pauses(probability: float, seed: int) -> Iterator[bool]:
    generator = random.Random(seed)
    while True:
        yield generator.random() < probability


class CoreBench:
    """The core between bus models.

    Parameters:
        dut: The core.
        pauses: Probability of a pause of each channel of each bus in each cycle.

    Members:
        sources: The input streams, by their letters.
        sink: The stream of results.
        watch: What happens on the buses, cycle by cycle.
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
        self.watch = Watch(dut)
        self.rng = np.random.default_rng(cocotb.RANDOM_SEED)
        channels = [
            *(self.axil.write_if.aw_channel, self.axil.write_if.w_channel),
            *(self.axil.write_if.b_channel, self.axil.read_if.ar_channel),
            *(self.axil.read_if.r_channel, *self.sources.values(), self.sink),
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
        """Clock and reset."""
        self.dut.aresetn.value = 0
        Clock(self.dut.aclk, PERIOD_NS, unit="ns").start()
        await self.cycles(4)
        self.dut.aresetn.value = 1
        await self.cycles(1)
        cocotb.start_soon(self.watch.run())

    async def reset(self) -> None:
        """Reset in the middle of whatever goes on, and forget what was to be sent."""
        self.dut.aresetn.value = 0
        for stream in (*self.sources.values(), self.sink):
            stream.clear()
        await self.cycles(2)
        self.dut.aresetn.value = 1
        await self.cycles(2)
        self.sink.clear()

    async def cycles(self, count: int) -> None:
        """Wait."""
        for _ in range(count):
            await RisingEdge(self.dut.aclk)

    async def write(self, name: str, word: int = 0, index: int = 0) -> None:
        """Write a register, which must be possible."""
        address = REGISTERS[name].address + WORD_BYTES * index
        answer = await self.axil.write(address, word.to_bytes(WORD_BYTES, "little"))
        assert answer.resp == AxiResp.OKAY, f"{name}: {answer.resp!r}"

    async def read(self, name: str, index: int = 0) -> int:
        """Read a register, which must be possible."""
        answer = await self.axil.read(REGISTERS[name].address + WORD_BYTES * index, WORD_BYTES)
        assert answer.resp == AxiResp.OKAY, f"{name}: {answer.resp!r}"
        return int.from_bytes(answer.data, "little")

    async def fields(self, name: str) -> dict[str, int]:
        """Read the fields of a register."""
        return REGISTERS[name].unpack(await self.read(name))

    async def counter(self, name: str) -> int:
        """Read a counter."""
        return await self.read(name) | await self.read(name, 1) << 32

    async def describe(self, product: Product, layer: int | None = None, **other: int) -> None:
        """Write a descriptor, but do not start it.

        Parameters:
            layer: Take the mode from the table, of this layer; its entry is written before.
            other: Words of registers that are to be something else.
        """
        given = product.descriptor()
        mode = given["rounding"] | given["wide_x"] << 2 | given["wide_w"] << 3
        how = {"accumulate": given["accumulate"], "word": mode}
        if layer is not None:
            field = REGISTERS["layer_mode"].fields[layer % 3]
            entry = int(self.rng.integers(1 << 12)) & ~field.mask | mode << field.offset
            await self.write("layer_mode", entry, layer)
            how |= {"word": mode ^ 5, "from_table": 1, "product": layer % 3, "layer": layer}
        words = {
            name: given[name] for name in ("rows", "columns", "blocks", "lanes", "chunk", "seed")
        }
        words |= {"mode": REGISTERS["mode"].pack(**how)} | other
        for name, word in words.items():
            await self.write(name, word)

    async def launch(self, product: Product, layer: int | None = None) -> None:
        """Start a product as soon as there is a place in the queue."""
        await self.describe(product, layer)
        while not (await self.fields("status"))["free"]:
            pass
        await self.write("start")

    def frames(self, product: Product, name: str) -> list[AxiStreamFrame]:
        """The packets of X or W."""
        order = {"x": product.schedule.x_order, "w": product.schedule.w_order}[name]()
        items = {"x": product.blocks_x, "w": product.blocks_w}[name]()
        blocks = product.schedule.blocks
        counts = np.full(len(items), items.shape[1])
        counts[order % blocks == blocks - 1] = product.descriptor()["lanes"]
        return self._frames(items, counts, getattr(packets(product.schedule), name), "operands")

    def tile_frames(self, product: Product, matrix: Words) -> list[AxiStreamFrame]:
        """The packets of C."""
        items = product.tiled(matrix)
        _, firsts = product.schedule.result_rows()
        counts = np.minimum(items.shape[1], product.w.shape[1] - firsts)
        return self._frames(items, counts, packets(product.schedule).results, "rows")

    def send(self, product: Product) -> None:
        """Send the operands of a product."""
        for name in ("x", "w"):
            for frame in self.frames(product, name):
                self.sources[name].send_nowait(frame)

    async def finish(self, product: Product) -> None:
        """Send start values and, between chunks of K, the results back; check all of them."""
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
        """The rows of a packet of results."""
        width = self._beats["rows"] * self._bytes["rows"]
        data = np.frombuffer(bytes(frame.tdata), np.uint8).reshape(-1, width)
        used = 4 * design_engine().columns
        keep = np.array(frame.tkeep).reshape(-1, width)
        assert keep[:, :used].all(), "tkeep of a value"
        assert not keep[:, used:].any(), "tkeep of padding"
        return np.ascontiguousarray(data[:, :used]).view(np.uint32)

    async def expect_quiet(self) -> None:
        """Check that nothing is left anywhere."""
        await self.cycles(8)
        status = await self.fields("status")
        assert (status["busy"], status["halted"]) == (0, 0)
        assert await self.read("error") == 0
        assert self.sink.empty(), "results too many"
        for name, source in self.sources.items():
            assert source.idle(), f"{name}: not everything was taken"

    def _frames(
        self, items: Words, counts: NDArray[np.int64], sizes: list[int], kind: str
    ) -> list[AxiStreamFrame]:
        """Items as packets; what does not count is random, and so is its ``tkeep``."""
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


class Watch:
    """Looks at the buses in every cycle: counts what the core counts, and checks the rules.

    Members:
        stalls: Cycles in which each stream waited, by the names of the counters.
        cycle: Number of the present cycle.
        starts: Cycles in which ``start`` was written.
        ends: Cycles of the transfers that ended a packet of results.
    """

    def __init__(self, dut: Any):
        self._dut = dut
        self.stalls: Counter[str] = Counter()
        self.cycle = 0
        self.starts: list[int] = []
        self.ends: list[int] = []

    async def run(self) -> None:
        """Look for ever."""
        dut = self._dut
        edge = RisingEdge(dut.aclk)
        held: dict[str, Any] = {}
        parts: Mapping[str, tuple[str, ...]] = {
            "m_axis_y_t": ("data", "keep", "last"),
            "s_axil_b": ("resp",),
            "s_axil_r": ("resp", "data"),
        }
        channels = {
            name: (
                *(getattr(dut, f"{name}valid"), getattr(dut, f"{name}ready")),
                [getattr(dut, name + part) for part in payload],
            )
            for name, payload in parts.items()
        }
        inputs = {
            f"stall_{name}": (
                getattr(dut, f"s_axis_{name}_tvalid"),
                getattr(dut, f"s_axis_{name}_tready"),
            )
            for name in INPUT_STREAMS
        }
        ends = ("valid", "ready", "last")
        address, got_address, got_data = 0, False, False
        while True:
            await edge
            self.cycle += 1
            if dut.aresetn.value == 0:
                held.clear()
                got_address = got_data = False
                continue
            for name, (valid, ready, payload) in channels.items():
                offered = [str(part.value) for part in payload] if valid.value == 1 else None
                if name in held:
                    assert offered == held[name], f"{name}: did not stay until it was taken"
                held.pop(name, None)
                if offered is not None and ready.value == 0:
                    held[name] = offered
                    self.stalls["stall_y"] += name == "m_axis_y_t"
            for name, (valid, ready) in inputs.items():
                self.stalls[name] += valid.value == 0 and ready.value == 1
            if all(getattr(dut, f"m_axis_y_t{part}").value == 1 for part in ends):
                self.ends.append(self.cycle)
            if got_address and got_data and dut.s_axil_bvalid.value == 0:
                got_address = got_data = False
                if address == REGISTERS["start"].address:
                    self.starts.append(self.cycle)
            if dut.s_axil_awvalid.value == 1 and dut.s_axil_awready.value == 1:
                address, got_address = int(dut.s_axil_awaddr.value), True
            if dut.s_axil_wvalid.value == 1 and dut.s_axil_wready.value == 1:
                got_data = True
