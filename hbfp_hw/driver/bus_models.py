"""Transport to a core under cocotb, by the bus models of ``cocotbext-axi``."""

from logging import WARNING
from typing import Any

from cocotb.triggers import ClockCycles, First, RisingEdge
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiResp,
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)

from hbfp_hw.core.registers import INPUT_STREAMS, WORD_BYTES
from hbfp_hw.driver.transport import TransportError

WAIT_CYCLES = 50
"""Most cycles of one wait."""

RESET_CYCLES = 4


class SimulatedBuses:
    """Bus models on all interfaces of a core. The test drives the clock.

    Parameters:
        dut: The core, or a module with its ports.
        patience: Most cycles without a packet of Y.

    Members:
        registers: AXI4-Lite master on the register bus.
        sources: AXI4-Stream sources of the input streams "x", "w" and "c".
        sink: AXI4-Stream sink of Y.
    """

    def __init__(self, dut: Any, patience: int = 100_000):
        self._dut = dut
        clocking = (dut.aclk, dut.aresetn, False)
        self.registers = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), *clocking)
        self.sources = {
            name: AxiStreamSource(AxiStreamBus.from_prefix(dut, f"s_axis_{name}"), *clocking)
            for name in INPUT_STREAMS
        }
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_y"), *clocking)
        for stream in (*self.sources.values(), self.sink):
            stream.log.setLevel(WARNING)
        self._patience = patience
        self._waited = 0

    async def read(self, address: int) -> int:
        answer = await self.registers.read(address, WORD_BYTES)
        _check(address, answer.resp)
        return int.from_bytes(answer.data, "little")

    async def write(self, address: int, word: int) -> None:
        answer = await self.registers.write(address, word.to_bytes(WORD_BYTES, "little"))
        _check(address, answer.resp)

    async def send(self, stream: str, packet: bytes) -> None:
        self.sources[stream].send_nowait(AxiStreamFrame(packet))

    async def receive(self, size: int) -> bytes | None:
        if self.sink.empty():
            return None
        self._waited = 0
        return bytes(self.sink.recv_nowait(compact=False).tdata)

    async def wait(self) -> None:
        if not self.sink.empty():
            return
        if self._waited >= self._patience:
            raise TimeoutError(f"Core gave no packet in {self._patience} cycles")
        self._waited += WAIT_CYCLES
        await First(ClockCycles(self._dut.aclk, WAIT_CYCLES), RisingEdge(self._dut.irq))

    async def discard(self) -> None:
        for source in self.sources.values():
            source.clear()
            while not source.idle():  # the core takes and drops the rest of a packet
                await RisingEdge(self._dut.aclk)
        self.sink.clear()

    async def reset(self) -> None:
        self._dut.aresetn.value = 0
        for stream in (*self.sources.values(), self.sink):
            stream.clear()
        await ClockCycles(self._dut.aclk, RESET_CYCLES)
        self._dut.aresetn.value = 1
        await ClockCycles(self._dut.aclk, RESET_CYCLES)
        self.sink.clear()
        self._waited = 0


def _check(address: int, response: Any) -> None:
    if response != AxiResp.OKAY:
        raise TransportError(f"Register at 0x{address:04x} answers {response.name}")
