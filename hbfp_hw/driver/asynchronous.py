"""Driver of the core as coroutines, for any transport."""

from collections import deque
from collections.abc import Callable, Mapping

from hbfp_hw.booster import BoosterSchedule, Mode
from hbfp_hw.booster.roles import Pass
from hbfp_hw.core.registers import COUNTERS, REGISTERS, WORD_BYTES
from hbfp_hw.driver.error import CoreError
from hbfp_hw.driver.mode import TableEntry, mode_word
from hbfp_hw.driver.parameters import CoreParameters, read_parameters
from hbfp_hw.driver.started import StartedProduct
from hbfp_hw.driver.transfers import Matrix, product_transfers
from hbfp_hw.driver.transport import Transport, TransportError
from hbfp_hw.format import Rounding, check_integer
from hbfp_hw.golden.conversion import Conversion


class AsyncDriver:
    """Driver of a core whose methods are coroutines; :meth:`open` makes one.

    Members:
        transport: Transport to the core.
        parameters: Parameters that the core reports.
    """

    def __init__(self, transport: Transport, parameters: CoreParameters):
        self.transport = transport
        self.parameters = parameters
        self._running: deque[StartedProduct] = deque()

    @classmethod
    async def open(
        cls, transport: Transport, parameters: Mapping[str, object] | None = None
    ) -> "AsyncDriver":
        """Identify the core, enable its interrupts, and return its driver.

        Parameters:
            transport: Transport to the core.
            parameters: Parameters that the core must have, as in its design's ``.json``; None
                accepts any core.

        Raises:
            ValueError: There is no core, or it has other parameters.
        """
        driver = cls(transport, await read_parameters(transport))
        if parameters is not None:
            driver.parameters.check(CoreParameters.from_description(parameters))
        await driver._enable_interrupts()
        return driver

    async def read(self, name: str, index: int = 0) -> int:
        """Return the word of a register, or of element ``index`` of an array of registers."""
        return await self.transport.read(REGISTERS[name].address + WORD_BYTES * index)

    async def write(self, name: str, word: int = 0, index: int = 0) -> None:
        """Write a register, or element ``index`` of an array of registers."""
        await self.transport.write(REGISTERS[name].address + WORD_BYTES * index, word)

    async def fields(self, name: str) -> dict[str, int]:
        """Return the fields of a register by their names."""
        return REGISTERS[name].unpack(await self.read(name))

    async def load_modes(self, schedule: BoosterSchedule, epoch: int | None = None) -> None:
        """Write the modes of all layers in one epoch to the mode table.

        Parameters:
            schedule: Formats by layer, epoch and product of the training step.
            epoch: The epoch; None is the schedule's current one.

        Raises:
            ValueError: The schedule has more layers than the table, another block size or exponent
                width than the core, or a format that the core does not have.
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
        wide_x: bool = False,
        wide_w: bool = False,
        rounding: Rounding = Rounding.NEAREST,
        seed: int = 0,
        table_entry: TableEntry | None = None,
    ) -> StartedProduct:
        """Queue a product Y = C + X·W. Wait only while the core's queue is full.

        Parameters:
            x, w, c, rounding, seed: The same as for :func:`hbfp_hw.golden.gemm`.
            wide_x, wide_w: True for an operand with 6-bit mantissas, False for 4-bit mantissas.
            table_entry: Entry of the mode table that gives rounding mode and widths.

        Raises:
            TypeError: An operand is not a float32 array, or a number has the wrong type.
            ValueError: The shapes do not fit or are too large, a number is out of range, or a mode
                is given beside the table entry.
            CoreError: The core reports an error. All started products are lost.
        """
        rounding = Conversion(rounding, seed, self.parameters.random_bits).rounding
        mode = mode_word(
            Mode(rounding, bool(wide_x), bool(wide_w)),
            table_entry,
            self.parameters.layers,
            accumulate=c is not None,
        )
        transfers = product_transfers(self.parameters, x, w, c, seed)
        await self._check()
        while not (await self.fields("status"))["free"]:
            await self._step()
        for name, word in transfers.words.items():
            await self.write(name, word)
        await self.write("mode", mode)
        # Operands are sent before the start, so that the core does not wait for them.
        for stream, packets in (("x", transfers.x), ("w", transfers.w)):
            for packet in packets:
                await self.transport.send(stream, packet)
        started = StartedProduct(transfers)
        self._running.append(started)
        await self._feed()
        await self.write("start")
        await self._check()
        return started

    async def finish(
        self, started: StartedProduct, progress: Callable[[int, int], None] | None = None
    ) -> Matrix:
        """Wait for a started product and return Y. Products started earlier are completed too.

        Parameters:
            started: The product.
            progress: Called now and then with the packets of Y received so far and in all.

        Raises:
            CoreError: The core reports an error. All started products are lost.
            ValueError: An earlier error or a reset has lost the product.
        """
        while not started.complete:
            if started not in self._running:
                raise ValueError("Product must be one that was not lost by an error or a reset")
            await self._step()
            if progress is not None:
                progress(started.received, started.total)
        return started.result()

    async def multiply(
        self,
        x: Matrix,
        w: Matrix,
        c: Matrix | None = None,
        *,
        wide_x: bool = False,
        wide_w: bool = False,
        rounding: Rounding = Rounding.NEAREST,
        seed: int = 0,
        table_entry: TableEntry | None = None,
    ) -> Matrix:
        """Return Y = C + X·W, bit for bit the golden model's; parameters as for :meth:`start`."""
        started = await self.start(
            x,
            w,
            c,
            wide_x=wide_x,
            wide_w=wide_w,
            rounding=rounding,
            seed=seed,
            table_entry=table_entry,
        )
        return await self.finish(started)

    async def counters(self) -> dict[str, int]:
        """Return all cycle counters by the names of their registers."""
        return {name: await self._counter(name) for name in COUNTERS}

    async def clear_counters(self) -> None:
        """Set all cycle counters to 0."""
        await self.write("clear_counters")

    async def recover(self) -> None:
        """Halt the core, drop all started products, clear all errors, and release the halt."""
        await self.write("control", REGISTERS["control"].pack(halt=1))
        # A halted core completes the packet of Y that it is sending, so it must be received.
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
        """Reset the core and its streams. Only the mode table keeps its content."""
        await self.transport.reset()
        self._running.clear()
        await self._enable_interrupts()

    async def _enable_interrupts(self) -> None:
        await self.write("interrupt_enable", REGISTERS["interrupt_enable"].mask)

    async def _check(self) -> None:
        """Raise CoreError if the core reports an error."""
        code = await self.read("error")
        if code:
            raise CoreError(code)

    async def _step(self) -> None:
        """Receive and handle one packet of Y, or wait once."""
        first = self._running[0] if self._running else None
        packet = await self.transport.receive(first.size) if first else None
        if packet is None:
            # A packet that must go back through C may arrive while registers are read, which would
            # delay it. So the stream is polled once more before the registers.
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
        """Send C of every product for which all earlier packets of the stream C have been sent.

        A product of several chunks first sends its own results back through C, before C of others.
        """
        for started in self._running:
            if not started.start_sent:
                for packet in started.start:
                    await self.transport.send("c", packet)
                started.start_sent = True
            if started.returns:
                break

    async def _counter(self, name: str) -> int:
        """Read a 64-bit counter; read it again if its low word overflowed in between."""
        high = await self.read(name, 1)
        while True:
            low, again = await self.read(name), await self.read(name, 1)
            if again == high:
                return high << 32 | low
            high = again
