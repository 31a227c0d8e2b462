"""The registers, decoded from the table."""

from collections.abc import Mapping

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Member, Out

from hbfp_hw.core.register import Access, Register
from hbfp_hw.core.registers import (
    DESCRIPTOR,
    REGISTERS,
    WORD_BITS,
    WORD_BYTES,
)
from hbfp_hw.rtl.axi.lite import REGISTER_BUS
from hbfp_hw.rtl.bits import index_shape, is_value, named

TABLE = REGISTERS["layer_mode"]
"""The registers that are a memory."""
TABLE_BITS = TABLE.mask.bit_length()


class RegisterFile(wiring.Component):
    """Holds what software writes, and shows it what hardware says.

    Parameters:
        constants: Words of the read-only registers that never change, by their names.
        layers: Entries of the table of modes.

    Members:
        bus: Reads and writes (:data:`~hbfp_hw.rtl.axi.lite.REGISTER_BUS`).
        layer, modes: Number of an entry of the table, and what it says, but for the cycle of a
            write to the table.
        <name>: Of each other register, what it holds; of read-only ones, what they read as; of
            commands, whether one is given.
        set_<name>: Of registers that can be written, bits that hardware sets.
    """

    def __init__(self, constants: Mapping[str, int], layers: int):
        self._constants = constants
        self._layers = layers
        self._plain = [register for register in REGISTERS.values() if register is not TABLE]
        members: dict[str, Member] = {
            "bus": In(REGISTER_BUS),
            "layer": In(index_shape(layers)),
            "modes": Out(TABLE_BITS),
        }
        for register in self._plain:
            name = register.name
            if register.access is Access.COMMAND:
                members[name] = Out(1)
            elif register.access is not Access.READ:
                members |= {name: Out(WORD_BITS), f"set_{name}": In(WORD_BITS)}
            elif name not in constants:
                members[name] = In(WORD_BITS * register.count)
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        self._table(m)
        for register in self._plain:
            first = register.address // WORD_BYTES
            if register.access is not Access.READ:
                here = named(
                    m,
                    self.bus.write & is_value(self.bus.write_index, first),
                    f"write_{register.name}",
                )
                with m.If(is_value(self.bus.write_index, first)):
                    m.d.comb += self.bus.write_known.eq(1)
                self._hold(m, register, here)
            for number in range(register.count):
                with m.If(is_value(self.bus.read_index, first + number)):
                    m.d.comb += [
                        self.bus.read_known.eq(1),
                        self.bus.read_data.eq(self._word(register, number)),
                    ]
        return m

    def _hold(self, m: Module, register: Register, here: Signal) -> None:
        """What a write does to a register."""
        if register.access is Access.COMMAND:
            m.d.comb += getattr(self, register.name).eq(here)
            return
        held = getattr(self, register.name)
        # A descriptor shows its reserved bits, which must be 0.
        mask = (1 << WORD_BITS) - 1 if register.name in DESCRIPTOR else register.mask
        if register.access is Access.CLEAR:
            written = held & ~(self.bus.write_data & self.bus.write_mask)
        else:
            written = (held & ~self.bus.write_mask) | (
                self.bus.write_data & self.bus.write_mask & mask
            )
        kept = named(m, Mux(here, written, held), f"kept_{register.name}")
        m.d.sync += held.eq(kept | getattr(self, f"set_{register.name}"))

    def _word(self, register: Register, number: int) -> Value | int:
        """What a register reads as."""
        if register.access is Access.COMMAND:
            return 0
        if register.name in self._constants:
            return self._constants[register.name]
        return getattr(self, register.name)[WORD_BITS * number :][:WORD_BITS]

    def _table(self, m: Module) -> None:
        """The table of modes, the upper half of the addresses."""
        bits = len(self.layer)
        m.submodules.table = table = Memory(shape=TABLE_BITS, depth=1 << bits, init=[])
        write = table.write_port()
        show = table.read_port(domain="comb")
        look = table.read_port(domain="comb")

        def inside(index: Value) -> Value:
            return index[-1] & (index[:-1] < self._layers)

        written = named(m, inside(self.bus.write_index), "write_table")
        old = look.data & ~self.bus.write_mask[:TABLE_BITS]
        m.d.comb += [
            show.addr.eq(self.bus.read_index[:bits]),
            look.addr.eq(Mux(written, self.bus.write_index[:bits], self.layer)),
            self.modes.eq(look.data),
            write.en.eq(self.bus.write & written),
            write.addr.eq(self.bus.write_index[:bits]),
            write.data.eq(old | (self.bus.write_data & self.bus.write_mask)[:TABLE_BITS]),
            self.bus.write_known.eq(written),
        ]
        with m.If(inside(self.bus.read_index)):
            m.d.comb += [self.bus.read_known.eq(1), self.bus.read_data.eq(show.data)]
