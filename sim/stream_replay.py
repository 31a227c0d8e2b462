"""Replay of operands from files, under cocotb: the same job as the compiled ``harness.cpp``.

Runs in the folder of the job: reads job.txt, the operand and the stall files, writes the results
and at the end status.txt.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from hbfp_hw.sim.streams import end_of_cycle, start_clock_and_reset

FLUSH_CYCLES = 256


class _Stream:
    def __init__(self, dut: Any, line: str) -> None:
        self.name, direction, words, total, stall_length, stored = line.split()
        self.is_input = direction == "in"
        self.words, self.total, self.done = int(words), int(total), 0
        self.valid = getattr(dut, f"{self.name}__valid")
        self.ready = getattr(dut, f"{self.name}__ready")
        self.payload = getattr(dut, f"{self.name}__payload")
        self.stalls = Path(f"{self.name}.stalls").read_bytes() if int(stall_length) else bytes(1)
        self.presenting = False
        self.driven = False  # level of the handshake signal that is the test bench's
        self.loop: _Stream | None = None  # output stream that gives the items after those stored
        if self.is_input:
            shape = (int(stored), self.words)
            self.items: Any = (
                np.memmap(f"{self.name}.in", np.uint32, "r", shape=shape) if shape[0] else []
            )
            order = Path(f"{self.name}.order")
            self.order = np.memmap(order, np.uint32, "r") if order.exists() else range(self.total)
            self.valid.value = 0
        else:
            self.results = bytearray()
            self.flushed = 0
            self.ready.value = 0

    def connect(self, streams: list[_Stream]) -> None:
        """Find the output stream that this one sends again, if there is one."""
        loop = Path(f"{self.name}.loop")
        if loop.exists():
            (self.loop,) = (s for s in streams if s.name == loop.read_text(encoding="utf-8"))

    def next_item(self) -> bytes | None:
        """The item to send next, if it is there yet."""
        if self.loop is None or self.done < len(self.items):
            return bytes(self.items[self.order[self.done]].tobytes())
        size, first = 4 * self.loop.words, self.done - len(self.items)
        item = self.loop.results[size * first : size * (first + 1)]
        return bytes(item[: 4 * self.words]) or None

    def stalled(self, cycle: int) -> bool:
        return self.stalls[cycle % len(self.stalls)] != 0

    def present(self, cycle: int) -> None:
        if not self.presenting and self.done < self.total and not self.stalled(cycle):
            item = self.next_item()
            if item is not None:
                self.payload.value = int.from_bytes(item, "little")
                self.presenting = True
        if self.driven != self.presenting:
            self.driven = self.presenting
            self.valid.value = int(self.driven)

    def accept(self, ready: bool) -> None:
        if self.driven != ready:
            self.driven = ready
            self.ready.value = int(ready)

    def taken(self) -> bool:
        if not self.presenting or self.ready.value != 1:
            return False
        self.presenting = False
        self.done += 1
        return True

    def received(self) -> bool:
        if not self.driven or self.valid.value != 1:
            return False
        self.done += 1
        if self.done <= self.total:
            self.results += int(self.payload.value).to_bytes(4 * self.words, "little")
        return True

    def flush(self) -> None:
        with Path(f"{self.name}.out").open("ab") as file:
            file.write(self.results[self.flushed :])
        self.flushed = len(self.results)


@cocotb.test()
async def replay(dut: Any) -> None:
    header, *lines = Path("job.txt").read_text(encoding="utf-8").splitlines()
    idle_limit, drain = (int(word) for word in header.split()[:2])
    streams = [_Stream(dut, line) for line in lines]
    sources = [stream for stream in streams if stream.is_input]
    sinks = [stream for stream in streams if not stream.is_input]
    for source in sources:
        source.connect(streams)
    await start_clock_and_reset(dut)

    left = sum(sink.total for sink in sinks)
    cycle = finished = idle = 0
    outcome = ""
    while not outcome:
        draining = left == 0
        if draining and cycle == finished + drain:
            outcome = "completed"
            break
        for source in sources:
            source.present(cycle)
        for sink in sinks:
            sink.accept(draining or not sink.stalled(cycle))
        await end_of_cycle(dut)
        moved = False
        for source in sources:
            moved |= source.taken()
        for sink in sinks:
            if sink.received():
                moved = True
                if sink.done > sink.total:
                    outcome = "extra"
                else:
                    left -= 1
                    finished = cycle + 1
        cycle += 1
        if cycle % FLUSH_CYCLES == 0:
            for sink in sinks:
                sink.flush()
        idle = 0 if moved else idle + 1
        if not outcome and idle == idle_limit:
            outcome = "deadlock"

    for sink in sinks:
        sink.flush()
    counts = "".join(f"{stream.name} {stream.done}\n" for stream in streams)
    Path("status.txt").write_text(
        f"{outcome} {finished if left == 0 else cycle}\n{counts}", encoding="utf-8"
    )
