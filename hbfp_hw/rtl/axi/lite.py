"""The AXI4-Lite port: five channels become single reads and writes."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.core.registers import ADDRESS_BITS, WORD_BITS, WORD_BYTES
from hbfp_hw.rtl.axi.ports import LITE_PORTS
from hbfp_hw.rtl.bits import named

OKAY, SLVERR = 0, 2
"""Responses of AXI4-Lite."""

INDEX_BITS = ADDRESS_BITS - (WORD_BYTES - 1).bit_length()
"""Bits of the index of a register, its address in words."""


REGISTER_BUS = wiring.Signature(
    {
        "write": Out(1),
        "write_index": Out(INDEX_BITS),
        "write_data": Out(WORD_BITS),
        "write_mask": Out(WORD_BITS),
        "write_known": In(1),
        "read_index": Out(INDEX_BITS),
        "read_data": In(WORD_BITS),
        "read_known": In(1),
    }
)
"""Single reads and writes, from the bus's point of view.

Members:
    write: Out. Strobe: the bits in ``write_mask`` of register ``write_index`` become those of
        ``write_data``.
    write_index, write_data, write_mask: Out. Valid with ``write``.
    write_known: In. Register ``write_index`` can be written, in the same cycle; else the bus
        answers SLVERR.
    read_index: Out. Register to read.
    read_data: In. Its content, in the same cycle.
    read_known: In. The register exists; else the bus answers SLVERR.
"""


class LitePort(wiring.Component):
    """Takes one read and one write at a time.

    The answer is valid two cycles after the last transfer of a read or write, or later if the
    previous answer has not been taken. No output depends on an input of the same cycle.

    Members:
        ...: AXI4-Lite (:data:`~hbfp_hw.rtl.axi.ports.LITE_PORTS`).
        registers: Out. The reads and writes (:data:`REGISTER_BUS`).
    """

    ports = LITE_PORTS

    def __init__(self) -> None:
        super().__init__({**self.ports, "registers": Out(REGISTER_BUS)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        registers = self.registers
        has_address = Signal()
        has_data = Signal()
        has_read = Signal()
        strobes = Signal(WORD_BYTES)
        masks: list[Value] = [strobes[byte].replicate(8) for byte in range(WORD_BYTES)]
        reads = named(m, has_read & ~self.rvalid, "reads")
        m.d.comb += [
            self.awready.eq(~has_address),
            self.wready.eq(~has_data),
            self.arready.eq(~has_read),
            registers.write.eq(has_address & has_data & ~self.bvalid),
            registers.write_mask.eq(Cat(*masks)),
        ]
        with m.If(self.awvalid & self.awready):
            m.d.sync += [has_address.eq(1), registers.write_index.eq(self.awaddr[-INDEX_BITS:])]
        with m.If(self.wvalid & self.wready):
            m.d.sync += [
                has_data.eq(1),
                registers.write_data.eq(self.wdata),
                strobes.eq(self.wstrb),
            ]
        with m.If(self.arvalid & self.arready):
            m.d.sync += [has_read.eq(1), registers.read_index.eq(self.araddr[-INDEX_BITS:])]
        with m.If(self.bready):
            m.d.sync += self.bvalid.eq(0)
        with m.If(self.rready):
            m.d.sync += self.rvalid.eq(0)
        with m.If(registers.write):
            m.d.sync += [has_address.eq(0), has_data.eq(0), self.bvalid.eq(1)]
            m.d.sync += self.bresp.eq(Mux(registers.write_known, OKAY, SLVERR))
        with m.If(reads):
            m.d.sync += [has_read.eq(0), self.rvalid.eq(1), self.rdata.eq(registers.read_data)]
            m.d.sync += self.rresp.eq(Mux(registers.read_known, OKAY, SLVERR))
        return m
