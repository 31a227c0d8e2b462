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
        if self.is_input:
            shape = (int(stored), self.words)
            self.items = (
                np.memmap(f"{self.name}.in", np.uint32, "r", shape=shape) if self.total else None
            )
            order = Path(f"{self.name}.order")
            self.order = np.memmap(order, np.uint32, "r") if order.exists() else range(self.total)
            self.valid.value = 0
        else:
            self.results = bytearray()
            self.ready.value = 0

    def stalled(self, cycle: int) -> bool:
        return self.stalls[cycle % len(self.stalls)] != 0

    def present(self, cycle: int) -> None:
        if not self.presenting and self.done < self.total and not self.stalled(cycle):
            assert self.items is not None
            self.payload.value = int.from_bytes(
                self.items[self.order[self.done]].tobytes(), "little"
            )
            self.presenting = True
            self.valid.value = 1

    def taken(self) -> bool:
        if not self.presenting or self.ready.value != 1:
            return False
        self.presenting = False
        self.valid.value = 0
        self.done += 1
        return True

    def received(self) -> bool:
        if self.valid.value != 1 or self.ready.value != 1:
            return False
        self.done += 1
        if self.done <= self.total:
            self.results += int(self.payload.value).to_bytes(4 * self.words, "little")
        return True

    def flush(self) -> None:
        with Path(f"{self.name}.out").open("ab") as file:
            file.write(self.results)
        self.results.clear()


@cocotb.test()
async def replay(dut: Any) -> None:
    header, *lines = Path("job.txt").read_text().splitlines()
    idle_limit, drain = (int(word) for word in header.split()[:2])
    streams = [_Stream(dut, line) for line in lines]
    sources = [stream for stream in streams if stream.is_input]
    sinks = [stream for stream in streams if not stream.is_input]
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
            sink.ready.value = int(draining or not sink.stalled(cycle))
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
    Path("status.txt").write_text(f"{outcome} {finished if left == 0 else cycle}\n{counts}")
