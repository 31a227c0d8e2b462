"""Replay of operand files under cocotb, equivalent to the compiled ``harness.cpp``.

It runs in the folder of the files, which :mod:`hbfp_hw.simulate.replay_files` describes: it reads
``job.txt``, operands and stall patterns, and writes the results and at the end ``status.txt``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from hbfp_hw.sim.streams import end_of_cycle, start_clock_and_reset

FLUSH_CYCLES = 256
"""Cycles between two writes of results to the files, whose sizes show progress."""


class _Stream:
    """One stream of the design, driven from its line in ``job.txt`` and its files."""

    def __init__(self, dut: Any, line: str) -> None:
        self.name, direction, words, total, stall_length, stored = line.split()
        self.is_input = direction == "in"
        self.words, self.total, self.done = int(words), int(total), 0
        self.valid = getattr(dut, f"{self.name}__valid")
        self.ready = getattr(dut, f"{self.name}__ready")
        self.payload = getattr(dut, f"{self.name}__payload")
        self.stalls = Path(f"{self.name}.stalls").read_bytes() if int(stall_length) else bytes(1)
        self.offering = False
        self.driven = False  # level of the handshake signal that the test bench drives
        self.loop: _Stream | None = None  # output stream whose payloads follow the stored items
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
        """Find the output stream whose payloads this one returns, if there is one."""
        loop = Path(f"{self.name}.loop")
        if loop.exists():
            (self.loop,) = (s for s in streams if s.name == loop.read_text(encoding="utf-8"))

    def next_item(self) -> bytes | None:
        """Return the next item, or None if the output that it returns has not come yet."""
        if self.loop is None or self.done < len(self.items):
            return bytes(self.items[self.order[self.done]].tobytes())
        size, first = 4 * self.loop.words, self.done - len(self.items)
        item = self.loop.results[size * first : size * (first + 1)]
        return bytes(item[: 4 * self.words]) or None

    def stalled(self, cycle: int) -> bool:
        """Return whether the stall pattern stalls this cycle."""
        return self.stalls[cycle % len(self.stalls)] != 0

    def offer(self, cycle: int) -> None:
        """Offer the next item, or keep offering the present one."""
        if not self.offering and self.done < self.total and not self.stalled(cycle):
            item = self.next_item()
            if item is not None:
                self.payload.value = int.from_bytes(item, "little")
                self.offering = True
        if self.driven != self.offering:
            self.driven = self.offering
            self.valid.value = int(self.driven)

    def set_ready(self, ready: bool) -> None:
        """Drive ``ready`` of an output stream."""
        if self.driven != ready:
            self.driven = ready
            self.ready.value = int(ready)

    def accepted(self) -> bool:
        """Return whether the design accepted the offered item in this cycle, and count it."""
        if not self.offering or self.ready.value != 1:
            return False
        self.offering = False
        self.done += 1
        return True

    def received(self) -> bool:
        """Return whether an output transferred in this cycle, and keep it."""
        if not self.driven or self.valid.value != 1:
            return False
        self.done += 1
        if self.done <= self.total:
            self.results += int(self.payload.value).to_bytes(4 * self.words, "little")
        return True

    def flush(self) -> None:
        """Append new results to the file."""
        with Path(f"{self.name}.out").open("ab") as file:
            file.write(self.results[self.flushed :])
        self.flushed = len(self.results)


@cocotb.test()
async def replay(dut: Any) -> None:
    """Replay the files; the outcome is in ``status.txt``, not in the result of the test."""
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
            source.offer(cycle)
        for sink in sinks:
            sink.set_ready(draining or not sink.stalled(cycle))
        await end_of_cycle(dut)
        transferred = False
        for source in sources:
            transferred |= source.accepted()
        for sink in sinks:
            if sink.received():
                transferred = True
                if sink.done > sink.total:
                    outcome = "extra"
                else:
                    left -= 1
                    finished = cycle + 1
        cycle += 1
        if cycle % FLUSH_CYCLES == 0:
            for sink in sinks:
                sink.flush()
        idle = 0 if transferred else idle + 1
        if not outcome and idle == idle_limit:
            outcome = "deadlock"

    for sink in sinks:
        sink.flush()
    counts = "".join(f"{stream.name} {stream.done}\n" for stream in streams)
    Path("status.txt").write_text(
        f"{outcome} {finished if left == 0 else cycle}\n{counts}", encoding="utf-8"
    )
