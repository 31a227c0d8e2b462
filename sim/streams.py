"""Drivers of valid/ready streams for the test benches.

A payload is one Python integer that holds all fields. A clocked design has the ports ``clk`` and
``rst`` (synchronous, active high); in a design without them, a cycle is ``PERIOD_NS`` long. Create
sources and sinks before the reset, so that their signals are defined during it::

    source, sink = StreamSource(dut, "i"), StreamSink(dut, "o")
    await start_clock_and_reset(dut)
    source.send(operands)
    results = await sink.receive(len(operands))
"""

from __future__ import annotations

import itertools
import random
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.task import Task
from cocotb.triggers import RisingEdge, Timer
from cocotb.utils import get_sim_time

from hbfp_hw.sim.coverage import count

PERIOD_NS = 10
RESET_CYCLES = 4


async def start_clock_and_reset(dut: Any) -> None:
    """Start the clock, reset the design and return in the first cycle after the reset."""
    if not hasattr(dut, "clk"):
        await end_of_cycle(dut)
        return
    dut.rst.value = 1
    Clock(dut.clk, PERIOD_NS, unit="ns").start()
    for _ in range(RESET_CYCLES):
        await end_of_cycle(dut)
    dut.rst.value = 0


async def end_of_cycle(dut: Any) -> None:
    """Wait for the rising edge: reads give the old cycle's values, writes set the new one's."""
    if hasattr(dut, "clk"):
        await RisingEdge(dut.clk)
    else:
        await Timer(PERIOD_NS, "ns")


def random_stalls(probability: float, seed: int) -> Iterator[bool]:
    """Yield for each cycle whether it stalls, with this ``probability``, without end."""
    generator = random.Random(seed)
    while True:
        yield generator.random() < probability


class _Stream:
    """Driver of one stream.

    Members:
        name: Name of the stream.
        cycles: Cycle of every transfer, to measure latency and throughput.
    """

    def __init__(self, dut: Any, name: str, stalls: Iterable[bool] | None) -> None:
        self.name = name
        self.cycles: list[int] = []
        self._dut = dut
        self._valid = getattr(dut, f"{name}__valid")
        self._ready = getattr(dut, f"{name}__ready")
        self._payload = getattr(dut, f"{name}__payload")
        self._stalls = itertools.repeat(False) if stalls is None else iter(stalls)
        self._task: Task[None] | None = None

    def start(self) -> None:
        """Start to drive in the current cycle; ``send`` and ``receive`` call this themselves."""
        if self._task is None:
            self._task = cocotb.start_soon(self._run())

    def stop(self) -> None:
        """Stop the stream: from this cycle on, no item is offered or accepted."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._idle()

    def _idle(self) -> None:
        """Deassert the handshake signal of the test bench."""
        raise NotImplementedError

    async def _run(self) -> None:
        """Drive the stream, cycle by cycle, without end."""
        raise NotImplementedError

    def _note_cycle(self) -> None:
        self.cycles.append(round(get_sim_time("ns") / PERIOD_NS))


class StreamSource(_Stream):
    """Driver of an input stream of the design.

    An item once offered stays valid and stable until the design accepts it. In a cycle in which
    ``stalls`` (one boolean per cycle, endless) is true, the source offers no new item.
    """

    def __init__(self, dut: Any, name: str, *, stalls: Iterable[bool] | None = None) -> None:
        super().__init__(dut, name, stalls)
        self._items: deque[int] = deque()
        self._idle()

    def _idle(self) -> None:
        self._valid.value = 0

    def send(self, items: Iterable[int]) -> None:
        """Queue ``items`` without waiting."""
        self._items.extend(items)
        self.start()

    @property
    def pending(self) -> int:
        """Number of items that the design has not accepted yet."""
        return len(self._items)

    async def drained(self) -> None:
        """Wait until the design has accepted every queued item."""
        while self._items:
            await end_of_cycle(self._dut)

    async def _run(self) -> None:
        offering = False
        while True:
            stalled = next(self._stalls)
            if not offering and self._items:
                if stalled:
                    count("stream", [[f"{self.name}.held_back"]])
                else:
                    self._payload.value = self._items[0]
                    offering = True
            self._valid.value = int(offering)
            await end_of_cycle(self._dut)
            if offering and self._ready.value == 1:
                self._items.popleft()
                self._note_cycle()
                offering = False
            elif offering:
                count("stream", [[f"{self.name}.waited"]])


class StreamSink(_Stream):
    """Driver of an output stream of the design, which also checks the handshake.

    In a cycle in which ``stalls`` is true, the sink deasserts ``ready``. The test fails if a valid
    item does not stay valid with the same payload until the sink accepts it.
    """

    def __init__(self, dut: Any, name: str, *, stalls: Iterable[bool] | None = None) -> None:
        super().__init__(dut, name, stalls)
        self._received: deque[int] = deque()
        self._idle()

    def _idle(self) -> None:
        self._ready.value = 0

    async def receive(self, count: int, *, patience: int = 10_000) -> list[int]:
        """Return the next ``count`` items; at most ``patience`` cycles may pass without one."""
        self.start()
        seen, idle = len(self._received), 0
        while len(self._received) < count:
            await end_of_cycle(self._dut)
            idle = 0 if len(self._received) > seen else idle + 1
            seen = len(self._received)
            assert idle <= patience, (
                f"{self.name}: no transfer in {patience} cycles, {count - seen} of {count} missing"
            )
        return [self._received.popleft() for _ in range(count)]

    async def expect_nothing(self, cycles: int) -> None:
        """Check that no further item arrives in the next ``cycles`` cycles."""
        self.start()
        for _ in range(cycles):
            await end_of_cycle(self._dut)
        assert not self._received, f"{self.name}: {len(self._received)} more items than expected"

    async def _run(self) -> None:
        held: int | None = None
        while True:
            self._ready.value = int(not next(self._stalls))
            await end_of_cycle(self._dut)
            valid = self._valid.value
            assert valid.is_resolvable, f"{self.name}: valid is {valid}"
            if held is not None:
                assert valid == 1, f"{self.name}: valid fell before ready"
                payload = int(self._payload.value)
                assert payload == held, f"{self.name}: payload changed before ready"
            held = int(self._payload.value) if valid == 1 else None
            if held is not None and self._ready.value == 1:
                self._received.append(held)
                self._note_cycle()
                held = None
            elif held is not None:
                count("stream", [[f"{self.name}.held_back"]])
