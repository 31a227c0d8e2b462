"""The driver's logic, as coroutines."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from hbfp_hw.booster import BoosterSchedule, Mode
from hbfp_hw.booster.roles import Pass
from hbfp_hw.core.registers import COUNTERS, IDENTIFICATION, REGISTERS, VERSION, WORD_BYTES
from hbfp_hw.driver.error import CoreError
from hbfp_hw.driver.parameters import Parameters
from hbfp_hw.driver.transfers import Matrix, Plan, plan_product
from hbfp_hw.driver.transport import Transport, TransportError
from hbfp_hw.format import Rounding, check_integer
from hbfp_hw.golden.conversion import Conversion

CONSTANT = ("array", "block", "buffers", "bus", "limits")
"""Registers that say what a core is, and never change."""


class Started:
    """A product that was started; the driver's ``finish`` gives its result.

    Members:
        received, total: Packets of Y so far and in all.
    """

    def __init__(self, plan: Plan):
        self._plan = plan
        self._last: list[bytes] = []
        self.start_sent = False
        self.received = 0
        self.total = plan.returned + len(plan.results)

    @property
    def start(self) -> list[bytes]:
        """Packets of start values."""
        return self._plan.start

    @property
    def size(self) -> int:
        """Bytes of the next packet."""
        return self._plan.results[self.received % len(self._plan.results)]

    @property
    def returns(self) -> bool:
        """Whether the next packet is one that goes back through C."""
        return self.received < self._plan.returned

    @property
    def complete(self) -> bool:
        """Whether all packets have come."""
        return self.received == self.total

    def take(self, packet: bytes) -> None:
        """Take the next packet."""
        if not self.returns:
            self._last.append(packet)
        self.received += 1

    def product(self) -> Matrix:
        """Y, once it is complete."""
        return self._plan.product(self._last)


class AsyncDriver:
    """Products on a core, for programs whose transport gives way to others; see :meth:`open`.

    Members:
        transport: How the core is reached.
        parameters: What the core says that it is.
    """

    def __init__(self, transport: Transport, parameters: Parameters):
        self.transport = transport
        self.parameters = parameters
        self._running: deque[Started] = deque()

    @classmethod
    async def open(
        cls, transport: Transport, parameters: Mapping[str, Any] | None = None
    ) -> "AsyncDriver":
        """Look what core this is, and enable its interrupts.

        Parameters:
            transport: How to reach it.
            parameters: Parameters that it must have, as in its design's ``.json``; by default
                whatever it says.

        Raises:
            ValueError: It is no such core.
        """
        driver = cls(transport, await _identify(transport))
        if parameters is not None:
            driver.parameters.check(Parameters.from_description(parameters))
        await driver._enable_interrupts()
        return driver

    async def read(self, name: str, index: int = 0) -> int:
        """The word of a register."""
        return await self.transport.read(REGISTERS[name].address + WORD_BYTES * index)

    async def write(self, name: str, word: int = 0, index: int = 0) -> None:
        """Write a register."""
        await self.transport.write(REGISTERS[name].address + WORD_BYTES * index, word)

    async def fields(self, name: str) -> dict[str, int]:
        """The fields of a register."""
        return REGISTERS[name].unpack(await self.read(name))

    async def load_modes(self, schedule: BoosterSchedule, epoch: int | None = None) -> None:
        """Write the table of modes: those of all layers in one epoch, by default the current one.

        Raises:
            ValueError: The core has no place for so many layers, or other blocks, or no such mode.
        """
        check_integer("Layers of the schedule", schedule.layers, 1, self.parameters.layers)
        engine = self.parameters.engine
        for name in ("block_size", "exponent_bits"):
            wanted, given = getattr(engine, name), getattr(schedule, name)
            if given != wanted:
                raise ValueError(f"Schedule must have {name} {wanted!r}, not {given!r}")
        for layer in range(schedule.layers):
            modes = {product.value: schedule.mode(layer, product, epoch).word for product in Pass}
            await self.write("layer_mode", REGISTERS["layer_mode"].pack(**modes), layer)

    async def start(
        self,
        x: Matrix,
        w: Matrix,
        c: Matrix | None = None,
        *,
        layer: int | None = None,
        product: Pass = Pass.FORWARD,
        wide_x: bool = False,
        wide_w: bool = False,
        rounding: Rounding = Rounding.NEAREST,
        seed: int = 0,
    ) -> Started:
        """Queue a product Y = C + X·W; waits only while the core's queue is full.

        Parameters:
            x, w, c, rounding, seed: As for :func:`hbfp_hw.golden.gemm`.
            wide_x, wide_w: Whether the operands have 6-bit mantissas, else 4-bit ones.
            layer, product: Take the mode from the table of modes instead.

        Raises:
            TypeError: An operand is not a float32 array, or a number is of the wrong kind.
            ValueError: The shapes do not fit or are too large, a number is out of range, or a mode
                is given beside the layer.
            CoreError: The core reports an error; all products that were started are lost.
        """
        rounding = Conversion(rounding, seed, self.parameters.random_bits).rounding
        mode = {"accumulate": int(c is not None)}
        given = Mode(rounding, bool(wide_x), bool(wide_w))
        if layer is None:
            mode |= {"word": given.word}
        else:
            check_integer("Layer", layer, 0, self.parameters.layers - 1)
            if given.word:
                raise ValueError(f"Mode must be left out where a layer is given, not {given!r}")
            number = list(Pass).index(Pass(product))
            mode |= {"from_table": 1, "layer": layer, "product": number}
        plan = plan_product(self.parameters, x, w, c, seed)
        await self._check()
        while not (await self.fields("status"))["free"]:
            await self._step()
        for name, word in plan.words.items():
            await self.write(name, word)
        await self.write("mode", REGISTERS["mode"].pack(**mode))
        # The operands before the start, so that the core need not wait for them.
        for stream, packets in (("x", plan.x), ("w", plan.w)):
            for packet in packets:
                await self.transport.send(stream, packet)
        started = Started(plan)
        self._running.append(started)
        await self._feed()
        await self.write("start")
        await self._check()
        return started

    async def finish(
        self, started: Started, progress: Callable[[int, int], None] | None = None
    ) -> Matrix:
        """The result of a product that was started, as soon as it is there.

        Parameters:
            started: The product. Those that were started before it run on to their ends, too.
            progress: Called now and then with the packets of Y so far and in all.

        Raises:
            CoreError: The core reports an error; all products that were started are lost.
            ValueError: The product was lost before.
        """
        while not started.complete:
            if started not in self._running:
                raise ValueError("Product must be one that was not lost by an error or a reset")
            await self._step()
            if progress is not None:
                progress(started.received, started.total)
        return started.product()

    async def multiply(self, x: Matrix, w: Matrix, c: Matrix | None = None, **how: Any) -> Matrix:
        """Y = C + X·W, with the bits of the golden model; ``how`` is as for :meth:`start`."""
        return await self.finish(await self.start(x, w, c, **how))

    async def counters(self) -> dict[str, int]:
        """All counters of cycles, by the names of their registers."""
        return {name: await self._counter(name) for name in COUNTERS}

    async def clear_counters(self) -> None:
        """Set all counters of cycles to 0."""
        await self.write("clear_counters")

    async def recover(self) -> None:
        """Halt the core, forget all products that were started, clear all errors, and go on."""
        await self.write("control", REGISTERS["control"].pack(halt=1))
        # The core ends the packet of Y that it is in, and somebody must take it.
        size = self._running[0].size if self._running else self.parameters.row_bytes
        while (await self.fields("status"))["busy"]:
            if await self.transport.receive(size) is None:
                await self.transport.wait()
        await self.transport.discard()
        self._running.clear()
        for name in ("error", "interrupt_status"):
            await self.write(name, REGISTERS[name].mask)
        await self.write("control", 0)

    async def reset(self) -> None:
        """Reset core and streams; the core keeps nothing but its table of modes."""
        await self.transport.reset()
        self._running.clear()
        await self._enable_interrupts()

    async def _enable_interrupts(self) -> None:
        await self.write("interrupt_enable", REGISTERS["interrupt_enable"].mask)

    async def _check(self) -> None:
        """Raise if the core reports an error."""
        code = await self.read("error")
        if code:
            raise CoreError(code)

    async def _step(self) -> None:
        """Take a packet of Y, or wait for something to happen."""
        first = self._running[0] if self._running else None
        packet = await self.transport.receive(first.size) if first else None
        if packet is None:
            # Registers come last: while one is read, a packet may come that is to go back at once.
            await self.transport.wait()
            packet = await self.transport.receive(first.size) if first else None
        if first is None or packet is None:
            happened = await self.read("interrupt_status")
            if happened:
                await self._check()
                await self.write("interrupt_status", happened)
            return
        if len(packet) != first.size:
            await self._check()
            raise TransportError(f"Packet of Y must be of {first.size} bytes, not {len(packet)}")
        if first.returns:
            await self.transport.send("c", packet)
        first.take(packet)
        if first.complete:
            self._running.popleft()
        await self._feed()

    async def _feed(self) -> None:
        """Send the start values whose turn it is: all results before them have been sent back."""
        for started in self._running:
            if not started.start_sent:
                for packet in started.start:
                    await self.transport.send("c", packet)
                started.start_sent = True
            if started.returns:
                break

    async def _counter(self, name: str) -> int:
        high = await self.read(name, 1)
        while True:
            low, again = await self.read(name), await self.read(name, 1)
            if again == high:
                return high << 32 | low
            high = again


async def _identify(transport: Transport) -> Parameters:
    """The parameters of the core, if it is one."""
    names = ("id", "version", *CONSTANT)
    words = {name: await transport.read(REGISTERS[name].address) for name in names}
    if words["id"] != IDENTIFICATION:
        raise ValueError(
            f"Core must identify itself as 0x{IDENTIFICATION:08x}, not 0x{words['id']:08x}"
        )
    fields = {name: REGISTERS[name].unpack(word) for name, word in words.items()}
    if fields["version"]["major"] != VERSION[0]:
        raise ValueError(
            f"Register map must be of major version {VERSION[0]}, not {fields['version']['major']}"
        )
    return Parameters.from_registers(fields)
