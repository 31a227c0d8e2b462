"""Random products for a core: register accesses of software, and packets of the streams."""

import random
from collections import deque
from collections.abc import Sequence

from hbfp_hw.core.packets import packets
from hbfp_hw.core.registers import DESCRIPTOR, INPUT_STREAMS, REGISTERS, WORD_BYTES
from hbfp_hw.driver.parameters import CoreParameters
from hbfp_hw.driver.transfers import item_bytes
from hbfp_hw.rtl.core import Core
from tests.simulate.channels import Item, random_number

BEFORE, AFTER = 20, 4
"""Number of products before the reset (more than there is time for) and after it."""

MODES = [word for word in range(16) if word & 3 != 3]
"""Mode words with an existing rounding mode."""

WATCHED = ("status", "error", "interrupt_status", "products")
"""Registers that the program reads more often than others."""

NO_REGISTER = REGISTERS["clear_counters"].address + WORD_BYTES
"""Address without a register."""


class CoreProgram:
    """Products in a row, with harmless writes between their descriptors.

    At the end the program starts an illegal descriptor and halts the core with work in it.

    Parameters:
        core: The core.
        generator: Random numbers.
    """

    def __init__(self, core: Core, generator: random.Random):
        self._given = CoreParameters.from_description(core.parameters)
        self._generator = generator
        self._begin(BEFORE)

    def reset(self) -> None:
        """Start again with the products after the reset."""
        self._begin(AFTER)

    def item(self, channel: str) -> Item | None:
        """Return the next item of a channel; reads are endless."""
        if channel == "s_axil_ar":
            return self._read()
        items = self._items[channel]
        return items.popleft() if items else None

    def _begin(self, products: int) -> None:
        """Queue the accesses and packets of this number of products."""
        names = ("s_axil_aw", "s_axil_w", *(f"s_axis_{name}_t" for name in INPUT_STREAMS))
        self._items: dict[str, deque[Item]] = {name: deque() for name in names}
        self._descriptor: dict[str, int] = {}
        self._write("interrupt_enable", REGISTERS["interrupt_enable"].mask)
        for layer in range(self._given.layers):
            self._write("layer_mode", self._modes(), layer)
        for _ in range(products):
            self._product()
        self._write("lanes", 0)
        self._write("start", 0)
        self._write("control", REGISTERS["control"].pack(halt=1))

    def _product(self) -> None:
        """Queue the changes of the descriptor, and the operands of the product."""
        draw, given = self._generator.randint, self._given
        rows, columns, blocks = draw(1, 3), draw(1, 2), draw(1, 3)
        lanes = draw(1, given.engine.block_size)
        length = (blocks - 1) * given.engine.block_size + lanes
        schedule = given.engine.schedule(rows, length, columns)
        accumulate = draw(0, 1)
        mode = REGISTERS["mode"].pack(
            word=self._generator.choice(MODES),
            accumulate=accumulate,
            from_table=draw(0, 1),
            product=draw(0, 2),
            layer=draw(0, given.layers - 1),
        )
        values = (rows, columns, blocks, lanes, schedule.chunk, draw(0, 2**32 - 1), mode)
        descriptor = dict(zip(DESCRIPTOR, values, strict=True))
        changes = sorted(descriptor.items() - self._descriptor.items())
        self._descriptor = descriptor
        self._generator.shuffle(changes)
        for name, value in changes:
            self._write(name, value)
            if draw(0, 7) == 0:
                self._write_something()
        self._write("start", draw(0, 2**32 - 1))
        cut = packets(schedule)
        starts = cut.results * (len(schedule.chunks) - 1 + accumulate)
        for stream, sizes, words, beat in (
            ("x", cut.x, given.engine.block_size, given.operand_bytes),
            ("w", cut.w, given.engine.block_size, given.operand_bytes),
            # Random rows stand for returned results; the core cannot tell.
            ("c", starts, given.engine.columns, given.row_bytes),
        ):
            self._send(stream, sizes, item_bytes(words, beat) // beat, beat)

    def _write(self, name: str, value: int, number: int = 0) -> None:
        """Queue a write of a whole register."""
        self._write_at(REGISTERS[name].address + WORD_BYTES * number, value, 2**WORD_BYTES - 1)

    def _write_something(self) -> None:
        """Queue a write of some bytes that changes no descriptor, or that the core refuses."""
        layer = self._generator.randrange(self._given.layers)
        address, value = self._generator.choice(
            (
                (REGISTERS["layer_mode"].address + WORD_BYTES * layer, self._modes()),
                (REGISTERS["interrupt_status"].address, self._generator.getrandbits(32)),
                (REGISTERS["clear_counters"].address, self._generator.getrandbits(32)),
                (REGISTERS["id"].address, self._generator.getrandbits(32)),
                (NO_REGISTER, self._generator.getrandbits(32)),
            )
        )
        self._write_at(address, value, self._generator.getrandbits(WORD_BYTES))

    def _write_at(self, address: int, value: int, strobes: int) -> None:
        """Queue a write of the bytes that the strobes select."""
        protection = self._generator.getrandbits(3)
        self._items["s_axil_aw"].append({"s_axil_awaddr": address, "s_axil_awprot": protection})
        self._items["s_axil_w"].append({"s_axil_wdata": value, "s_axil_wstrb": strobes})

    def _modes(self) -> int:
        """Return a random entry of the mode table."""
        forward, gradient, weights = self._generator.choices(MODES, k=3)
        return REGISTERS["layer_mode"].pack(
            forward=forward, input_gradient=gradient, weight_gradient=weights
        )

    def _send(self, stream: str, sizes: Sequence[int], beats: int, size: int) -> None:
        """Queue well-formed packets.

        Parameters:
            stream: Letter of the stream.
            sizes: Items of each packet.
            beats: Beats of an item.
            size: Bytes of a beat.
        """
        for items in sizes:
            for beat in range(items * beats):
                data = 0
                for _ in range(size // WORD_BYTES):
                    data = data << 32 | random_number(self._generator)
                self._items[f"s_axis_{stream}_t"].append(
                    {
                        f"s_axis_{stream}_tdata": data,
                        f"s_axis_{stream}_tkeep": 2**size - 1,
                        f"s_axis_{stream}_tlast": int(beat == items * beats - 1),
                    }
                )

    def _read(self) -> Item:
        """Return a read of a register, or sometimes of an address without one."""
        names = WATCHED if self._generator.random() < 0.5 else tuple(REGISTERS)
        register = REGISTERS[self._generator.choice(names)]
        address = register.address
        if self._generator.random() < 0.1:
            address = NO_REGISTER
        protection = self._generator.getrandbits(3)
        return {"s_axil_araddr": address, "s_axil_arprot": protection}
