"""The core: the GEMM engine behind AXI4-Stream and AXI4-Lite, ready for a system on chip."""

from collections.abc import Callable, Mapping

from amaranth.hdl import (
    Cat,
    ClockDomain,
    ClockSignal,
    Const,
    DomainRenamer,
    Module,
    ResetSignal,
    Signal,
    Value,
)
from amaranth.lib import wiring
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.wiring import In, Out

from hbfp_hw.core.header import header
from hbfp_hw.core.packets import bus_bytes
from hbfp_hw.core.page import as_data, page
from hbfp_hw.core.registers import (
    DESCRIPTOR,
    IDENTIFICATION,
    INPUT_STREAMS,
    MOST_LAYERS,
    REGISTERS,
    VERSION,
    WORD_BYTES,
)
from hbfp_hw.engine import Engine, Variant, check_power_of_two
from hbfp_hw.format import RANDOM_BITS, check_integer
from hbfp_hw.rtl.axi.launcher import Launcher
from hbfp_hw.rtl.axi.lite import LitePort
from hbfp_hw.rtl.axi.ports import LITE_PORTS, connect_ports, prefixed, stream_ports
from hbfp_hw.rtl.axi.register_file import RegisterFile
from hbfp_hw.rtl.axi.stream_in import StreamIn
from hbfp_hw.rtl.axi.stream_out import StreamOut
from hbfp_hw.rtl.bits import named
from hbfp_hw.rtl.descriptor import descriptor_layout
from hbfp_hw.rtl.fields import Field, described
from hbfp_hw.rtl.gemm import GEMM
from hbfp_hw.rtl.unit import Parameters, Unit

QUEUE = 4
LAYERS = 64
"""Default sizes of the descriptor queue and of the mode table."""


class Core(Unit):
    """The engine behind standard interfaces; ``docs/core.md`` specifies it.

    Results, order of work and cycles are those of the engine: with streams as wide as its items and
    a bus that never stalls, the interfaces cost no cycle. After a stream error, or when software
    asks for it, the core halts: the engine and the descriptor queue are reset, beats of the input
    streams are taken and dropped, and a packet of results that is cut off is ended. Software then
    starts afresh, as after a reset.

    Parameters:
        engine: Sizes of the engine.
        random_bits: Random bits of stochastic rounding, 1 to 16.
        bus_bits: Bits of all streams, a power of two from 32 to 4096; 0 for streams as wide as
            their items.
        queue: Descriptors that wait for the engine, 2 to 64.
        layers: Entries of the mode table, 1 to 1024.

    Members:
        aclk, aresetn: In. Clock, and reset: synchronous, active low.
        s_axil_...: AXI4-Lite subordinate: registers (:data:`~hbfp_hw.core.registers.REGISTERS`).
        s_axis_x_..., s_axis_w_..., s_axis_c_...: AXI4-Stream receivers: operands and start values.
        m_axis_y_...: AXI4-Stream transmitter: results.
        irq: Out. Interrupt, asserted until software clears its cause.

    Raises:
        TypeError: The engine is not an Engine, or a number is of the wrong kind.
        ValueError: A number is out of range.
    """

    unit = "core"
    meanings: Mapping[str, str] = {
        "s_axil": "registers",
        "s_axis_x": "operand X",
        "s_axis_w": "operand W",
        "s_axis_c": "start values C",
        "m_axis_y": "results Y",
        "irq": "interrupt, active high until it is cleared",
    }
    clock_ports = ()

    def __init__(
        self,
        engine: Engine,
        *,
        random_bits: int = RANDOM_BITS,
        bus_bits: int = 0,
        queue: int = QUEUE,
        layers: int = LAYERS,
    ):
        self._gemm = GEMM(engine, random_bits=random_bits)
        if bus_bits != 0:
            check_power_of_two("Bus width", bus_bits, 32, 4096)
        check_integer("Queue", queue, 2, 64)
        check_integer("Layers", layers, 1, MOST_LAYERS)
        self.bus_bits, self.queue, self.layers = bus_bits, queue, layers
        self._operand_bytes = bus_bytes(32 * engine.block_size, bus_bits)
        self._row_bytes = bus_bytes(32 * engine.columns, bus_bits)
        super().__init__(
            {
                "aclk": In(1),
                "aresetn": In(1),
                **prefixed("s_axil", LITE_PORTS),
                **prefixed("s_axis_x", stream_ports(self._operand_bytes, In)),
                **prefixed("s_axis_w", stream_ports(self._operand_bytes, In)),
                **prefixed("s_axis_c", stream_ports(self._row_bytes, In)),
                **prefixed("m_axis_y", stream_ports(self._row_bytes, Out)),
                "irq": Out(1),
            }
        )

    @property
    def parameters(self) -> Parameters:
        return {
            **self._gemm.parameters,
            "bus_bits": self.bus_bits,
            "queue": self.queue,
            "layers": self.layers,
        }

    @property
    def suffix(self) -> str:
        return (
            self._gemm.suffix
            + (f"_b{self.bus_bits}" if self.bus_bits else "")
            + (f"_q{self.queue}" if self.queue != QUEUE else "")
            + (f"_l{self.layers}" if self.layers != LAYERS else "")
        )

    @property
    def latency(self) -> int:
        """Cycles from the last step of a tile to its last row, on a bus as wide as a row."""
        return self._gemm.latency + 1

    @property
    def instances(self) -> dict[str, Callable[[], wiring.Component]]:
        return self._gemm.instances

    @property
    def constants(self) -> dict[str, int]:
        """Words of the registers that describe this core."""
        engine = self._gemm.engine
        major, minor, patch = VERSION
        values: dict[str, dict[str, int]] = {
            "id": {"value": IDENTIFICATION},
            "version": {"major": major, "minor": minor, "patch": patch},
            "array": {
                "rows": engine.rows,
                "columns": engine.columns,
                "native": engine.variant is Variant.NATIVE,
            },
            "block": {
                "size": engine.block_size,
                "exponent_bits": engine.exponent_bits,
                "random_bits": self._gemm.random_bits,
            },
            "buffers": {"depth": engine.depth, "panel_tiles": engine.panel_tiles},
            "bus": {"operand_bytes": self._operand_bytes, "row_bytes": self._row_bytes},
            "limits": {"queue": self.queue, "layers": self.layers},
        }
        return {name: REGISTERS[name].pack(**fields) for name, fields in values.items()}

    def describe_more(self) -> dict[str, object]:
        names = ("prefix", "protocol", "direction", "bytes")
        interfaces = [
            dict(zip(names, interface, strict=True))
            for interface in (
                ("s_axil", "axi4-lite", "in", WORD_BYTES),
                ("s_axis_x", "axi4-stream", "in", self._operand_bytes),
                ("s_axis_w", "axi4-stream", "in", self._operand_bytes),
                ("s_axis_c", "axi4-stream", "in", self._row_bytes),
                ("m_axis_y", "axi4-stream", "out", self._row_bytes),
            )
        ]
        return {
            "interfaces": interfaces,
            "registers": as_data(),
            "mode_word": self._mode_word(),
        }

    def _mode_word(self) -> list[Field]:
        """Return the fields of a mode word, which is a part of the engine's descriptor."""
        engine = self._gemm.engine
        fields = described(descriptor_layout(engine.block_size, engine.depth), GEMM.encodings)
        chosen = [field for field in fields if field["name"] in ("rounding", "wide_x", "wide_w")]
        lowest = chosen[0]["offset"]
        for field in chosen:
            field["offset"] -= lowest
        return chosen

    def other_files(self) -> dict[str, str]:
        return {".h": header(self.design_name, self.parameters), ".md": page()}

    def elaborate(self, platform: object) -> Module:
        m = Module()
        engine = self._gemm.engine
        halt = Signal()
        irq_sources = Signal(2)
        self._domains(m, halt)
        m.submodules.gemm = DomainRenamer("engine")(self._gemm)
        width = descriptor_layout(engine.block_size, engine.depth).size
        queue = SyncFIFO(width=width, depth=self.queue)
        m.submodules.queue = DomainRenamer("engine")(queue)
        m.submodules.lite = lite = LitePort()
        m.submodules.registers = registers = RegisterFile(self.constants, self.layers)
        m.submodules.launcher = launcher = Launcher(engine.block_size, engine.depth, self.layers)
        m.submodules.y = y = StreamOut(engine.columns, self._row_bytes)
        connect_ports(m, self, "s_axil", lite)
        connect_ports(m, self, "m_axis_y", y)
        wiring.connect(m, lite.registers, registers.bus)
        wiring.connect(m, self._gemm.o, y.i)
        stream_errors = self._inputs(m, halt)
        errors = Cat(launcher.refusals, Const(0, 8 - len(launcher.refusals)), *stream_errors)

        taken = named(m, queue.r_rdy & self._gemm.i_descriptor.ready, "taken")
        in_work = named(m, taken | self._gemm.in_work | y.busy, "in_work")
        m.d.comb += [getattr(launcher, name).eq(getattr(registers, name)) for name in DESCRIPTOR]
        status = {"busy": queue.r_rdy | in_work, "halted": halt, "free": self.queue - queue.level}
        for name, value in status.items():
            field = REGISTERS["status"].field(name)
            m.d.comb += registers.status[field.offset : field.offset + field.width].eq(value)
        m.d.comb += [
            halt.eq(registers.control[0]),
            registers.set_control.eq(Cat(*stream_errors).any()),
            registers.layer.eq(launcher.layer),
            launcher.modes.eq(registers.modes),
            launcher.start.eq(registers.start),
            launcher.blocked.eq(halt | registers.error.any()),
            launcher.full.eq(~queue.w_rdy),
            queue.w_en.eq(launcher.queue),
            queue.w_data.eq(launcher.descriptor),
            self._gemm.i_descriptor.valid.eq(queue.r_rdy),
            self._gemm.i_descriptor.payload.eq(queue.r_data),
            queue.r_en.eq(self._gemm.i_descriptor.ready),
            # Descriptors are checked before they are queued, so that none ends with an error.
            self._gemm.o_status.ready.eq(1),
            y.last_row.eq(self._gemm.last_row),
            y.drop.eq(halt),
            registers.set_error.eq(errors),
            irq_sources.eq(Cat(y.done, errors.any())),
            registers.set_interrupt_status.eq(irq_sources),
            self.irq.eq((registers.interrupt_status & registers.interrupt_enable).any()),
        ]
        with m.If(y.done):
            m.d.sync += registers.products.eq(registers.products + 1)
        self._count(m, registers, in_work, halt)
        return m

    def _domains(self, m: Module, halt: Signal) -> None:
        """Add two domains with the same clock; that of the engine is also reset by ``halt``."""
        m.domains.sync, m.domains.engine = ClockDomain("sync"), ClockDomain("engine")
        m.d.comb += [
            ClockSignal().eq(self.aclk),
            ResetSignal().eq(~self.aresetn),
            ClockSignal("engine").eq(self.aclk),
            ResetSignal("engine").eq(~self.aresetn | halt),
        ]

    def _inputs(self, m: Module, halt: Signal) -> list[Value]:
        """Add the input streams. Return the errors of each, a byte as in register ``error``."""
        gemm = self._gemm
        errors: list[Value] = []
        for name, sink, coming, size in (
            ("x", gemm.i_x, gemm.next_x, self._operand_bytes),
            ("w", gemm.i_w, gemm.next_w, self._operand_bytes),
            ("c", gemm.i_c, gemm.next_c, self._row_bytes),
        ):
            m.submodules[name] = part = StreamIn(len(coming.keep), size)
            connect_ports(m, self, f"s_axis_{name}", part)
            wiring.connect(m, part.o, sink)
            m.d.comb += [part.coming.eq(coming), part.drop.eq(halt)]
            errors.append(Cat(part.errors, Const(0, 8 - len(part.errors))))
        return errors

    def _count(self, m: Module, registers: RegisterFile, in_work: Signal, halt: Signal) -> None:
        """Add the cycle counters."""
        waits = {
            f"stall_{name}": getattr(self, f"s_axis_{name}_tready")
            & ~getattr(self, f"s_axis_{name}_tvalid")
            & ~halt
            for name in INPUT_STREAMS
        }
        waits["stall_y"] = self.m_axis_y_tvalid & ~self.m_axis_y_tready
        active = self._gemm.stepping & ~halt
        for name, condition in {"cycles": in_work, "active": active, **waits}.items():
            counter = getattr(registers, name)
            with m.If(registers.clear_counters):
                m.d.sync += counter.eq(0)
            with m.Elif(condition):
                m.d.sync += counter.eq(counter + 1)
