"""Compiled core with the streams of its engine, which are carried by AXI and registers."""

import zlib
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.core.packets import packets
from hbfp_hw.core.registers import INPUT_STREAMS, REGISTERS
from hbfp_hw.cosim.library import BatchRun, Words
from hbfp_hw.driver import AsyncDriver, CompiledCore, CoreParameters, TransportError
from hbfp_hw.driver.driver import run_to_end
from hbfp_hw.driver.mode import SIZE_REGISTERS, packed_mode
from hbfp_hw.driver.transfers import item_bytes, padded_items
from hbfp_hw.engine import Engine
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.payload import pack, unpack
from hbfp_hw.generation.verilog import describe
from hbfp_hw.helpers.processes import ToolError
from hbfp_hw.rtl.fields import Field
from hbfp_hw.rtl.gemm import GEMM

BAD_DESCRIPTOR = REGISTERS["error"].pack(descriptor=1)
"""Word of the register ``error`` after a bad descriptor."""


def engine_of(description: DesignDescription) -> tuple[Engine, DesignDescription]:
    """Return the engine in a core, and the description of that engine as a design of its own."""
    given = CoreParameters.from_description(description.parameters)
    return given.engine, describe(GEMM(given.engine, random_bits=given.random_bits))


class CoreLibrary:
    """Compiled core with the interface of :class:`~hbfp_hw.cosim.library.DesignLibrary`.

    It runs the vectors of the engine: descriptors become registers, items become packets. Every
    second product takes its mode from the mode table. C is sent together with X and W for all
    chunks of K, so the start values of a chunk do not wait for Y of the chunk before it. Each
    channel of each bus pauses with the probability of stalls.

    Parameters:
        path: Library that :func:`hbfp_hw.driver.compiled.build_core` built.
        description: Description of the core.

    Members:
        streams: Streams of the engine.
    """

    def __init__(self, path: Path, description: DesignDescription):
        self._engine, engine = engine_of(description)
        self._path = path
        self._design = Design(description.name, "", description, "")
        self.streams = engine.streams

    def pack(
        self, stream: str, fields: Sequence[Field], values: Mapping[str, NDArray[Any]]
    ) -> Words:
        """Pack fields into payloads, as :func:`hbfp_hw.generation.payload.pack` does."""
        return pack(fields, values)

    def run(
        self,
        inputs: Mapping[str, Words],
        expected: Mapping[str, int],
        *,
        stalls: Mapping[str, NDArray[np.bool_]] | None = None,
        constants: Sequence[int] = (),
    ) -> BatchRun:
        """Run products, as :meth:`~hbfp_hw.cosim.library.DesignLibrary.run` runs payloads.

        The cycles of the result are those in which the core had work.
        """
        patterns = [*(stalls or {}).values()]
        pauses = float(np.mean([pattern.mean() for pattern in patterns])) if patterns else 0.0
        seed = zlib.crc32(b"".join(pattern.tobytes() for pattern in patterns))
        with CompiledCore(self._design, library=self._path, pauses=pauses, seed=seed) as core:
            return run_to_end(_CoreSession(self, self._engine, core).run(inputs, expected))


class _ProtocolViolation(Exception):
    """The core did something that no run of a correct core can show."""


@dataclass
class _RunningProduct:
    """A product that the core has accepted.

    Members:
        number: Number of its descriptor in the run.
        packets: Rows in each packet of Y that is still to come.
    """

    number: int
    packets: deque[int]


class _CoreSession:
    """One run from reset: starts the descriptors in order, and sends each one's operands."""

    def __init__(self, library: CoreLibrary, engine: Engine, core: CompiledCore):
        self._fields = {name: stream.fields for name, stream in library.streams.items()}
        self._engine, self._core = engine, core
        self._running: deque[_RunningProduct] = deque()
        self._status: dict[int, int] = {}
        self._outputs = [np.zeros((0, engine.columns + 1), np.uint32)]

    async def run(self, inputs: Mapping[str, Words], expected: Mapping[str, int]) -> BatchRun:
        self._driver = driver = await AsyncDriver.open(self._core)
        self._items = {name: inputs[f"i_{name}"].view(np.float32) for name in INPUT_STREAMS}
        self._sent = dict.fromkeys(INPUT_STREAMS, 0)
        fields = unpack(self._fields["i_descriptor"], inputs["i_descriptor"])
        outcome = "completed"
        try:
            for number in range(len(inputs["i_descriptor"])):
                while not (await driver.fields("status"))["free"]:
                    await self._step()
                given = {name: int(values[number]) for name, values in fields.items()}
                await self._start(number, given)
            while self._running:
                await self._step()
        except (ToolError, TransportError, _ProtocolViolation):
            outcome = "deadlock"
        errors = [error for _, error in sorted(self._status.items())]
        outputs = {
            "o": np.concatenate(self._outputs),
            "o_status": pack(self._fields["o_status"], {"error": errors}),
        }
        more = any(len(outputs[name]) > count for name, count in expected.items())
        if more or (outcome == "completed" and await driver.read("error")):
            outcome = "extra"
        cut = {name: outputs[name][:count] for name, count in expected.items()}
        return BatchRun(outcome, (await driver.counters())["cycles"], cut)

    async def _start(self, number: int, given: Mapping[str, int]) -> None:
        """Start a product, unless the core refuses its descriptor, and send its operands."""
        driver = self._driver
        word = packed_mode(given)
        mode = {"accumulate": given["accumulate"], "word": word}
        if number % 2:
            layer, product = number % driver.parameters.layers, number % 3
            field = REGISTERS["layer_mode"].fields[product]
            # Fill the fields that the core must ignore with other values, so that using one shows.
            entry = (REGISTERS["layer_mode"].mask ^ field.mask) | word << field.offset
            await driver.write("layer_mode", entry, layer)
            mode |= {"from_table": 1, "layer": layer, "product": product, "word": word ^ 15}
        for name in SIZE_REGISTERS:
            await driver.write(name, given[name])
        await driver.write("mode", REGISTERS["mode"].pack(**mode))
        await driver.write("start")
        if error := await driver.read("error"):
            if error != BAD_DESCRIPTOR:
                raise _ProtocolViolation
            self._status[number] = 1
            await driver.write("error", error)
            return
        try:
            length = (given["blocks"] - 1) * self._engine.block_size + given["lanes"]
            schedule = self._engine.schedule(given["rows"], length, given["columns"])
        except ValueError:
            raise _ProtocolViolation from None
        cut = packets(schedule)
        chunks = len(schedule.chunks)
        self._running.append(_RunningProduct(number, deque(cut.results * chunks)))
        starts = cut.results * (chunks - 1 + given["accumulate"])
        for name, sizes in (("x", cut.x), ("w", cut.w), ("c", starts)):
            for size in sizes:
                await self._send(name, size)

    async def _send(self, name: str, count: int) -> None:
        """Send the next ``count`` items of an input stream as a packet."""
        given = self._driver.parameters
        first = self._sent[name]
        self._sent[name] += count
        items = self._items[name][first : first + count]
        if len(items) < count:
            raise _ProtocolViolation  # the core accepted a descriptor that it must refuse
        beat = given.row_bytes if name == "c" else given.operand_bytes
        await self._core.send(name, padded_items(items, beat).tobytes())

    async def _step(self) -> None:
        """Receive and check a packet of Y, or wait once."""
        packet = await self._core.receive(0)
        if packet is None:
            await self._core.wait()
            if happened := await self._driver.read("interrupt_status"):
                await self._driver.write("interrupt_status", happened)
                if await self._driver.read("error"):
                    raise _ProtocolViolation
            return
        size = item_bytes(self._engine.columns, self._driver.parameters.row_bytes)
        if not self._running or len(packet) != size * self._running[0].packets[0]:
            raise _ProtocolViolation
        product = self._running[0]
        rows = np.frombuffer(packet, "<u4").reshape(product.packets.popleft(), -1)
        last = np.zeros(len(rows), np.uint32)
        if not product.packets:
            self._running.popleft()
            self._status[product.number] = 0
            last[-1] = 1
        values = rows[:, : self._engine.columns]
        self._outputs.append(pack(self._fields["o"], {"values": values, "last": last}))
