"""The registers of the core, decoded from the register map."""

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
"""The mode table, whose registers are a memory."""
TABLE_BITS = TABLE.mask.bit_length()
"""Bits of an entry of the mode table."""


class RegisterFile(wiring.Component):
    """Holds the values that software writes, and shows it the state of the hardware.

    Parameters:
        constants: Words of the read-only registers that never change, by their names.
        layers: Entries of the mode table.

    Members:
        bus: In. Reads and writes (:data:`~hbfp_hw.rtl.axi.lite.REGISTER_BUS`).
        layer: In. Number of an entry of the mode table.
        modes: Out. Content of that entry, in the same cycle; meaningless in a cycle in which the
            table is written.
        <name>: In for a read-only register that is not in ``constants``: its value. Out for a
            command: strobe, asserted when it is written. Out for any other register: its value.
        set_<name>: In. Bits of a writable register that hardware sets at the end of the cycle.
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
        """Add the effect of a write on a register."""
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
        """Return word ``number`` of a register as software reads it."""
        if register.access is Access.COMMAND:
            return 0
        if register.name in self._constants:
            return self._constants[register.name]
        return getattr(self, register.name)[WORD_BITS * number :][:WORD_BITS]

    def _table(self, m: Module) -> None:
        """Add the mode table, which takes the upper half of the addresses."""
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
