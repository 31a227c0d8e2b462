"""The register map of the core: one table, from which everything that knows of registers is made.

RTL (:mod:`hbfp_hw.rtl.axi.register_file`), C header, Markdown page, JSON description and the Python
driver all read :data:`REGISTERS`; nothing about a register stands anywhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

WORD_BYTES = 4
WORD_BITS = 8 * WORD_BYTES
ADDRESS_BITS = 13
"""Address bits of the AXI4-Lite port: 8 KiB, bytes."""

IDENTIFICATION = 0x48424650
"""What ``id`` reads as: "HBFP" in ASCII."""
VERSION = (1, 0, 0)
"""Version of the register map: major for changes that break a driver."""
MOST_LAYERS = 1024
"""Largest table of modes; it takes the upper half of the address space."""


class Access(Enum):
    """What reading and writing a register does."""

    READ = "read only"
    """Writes are answered by SLVERR and do nothing."""
    READ_WRITE = "read and write"
    """Reads as it was written."""
    CLEAR = "write 1 to clear"
    """Bits are set by hardware, and cleared by writing 1 to them."""
    COMMAND = "write only"
    """A write does something, whatever is written; reads as 0."""


@dataclass(frozen=True)
class Field:
    """Some bits of a register.

    Members:
        name: In lower case.
        offset, width: Lowest bit, and count of bits.
        summary: What it says, in a few words.
    """

    name: str
    offset: int
    width: int
    summary: str

    @property
    def mask(self) -> int:
        """The field's bits in the register's word."""
        return ((1 << self.width) - 1) << self.offset


@dataclass(frozen=True)
class Register:
    """A register of 32 bits, or several alike in a row.

    Members:
        name: In lower case.
        address: Of the (first) register, in bytes.
        access: What reading and writing does.
        summary: What it is for, one sentence.
        fields: Its fields, lowest first. Bits in none of them are reserved.
        count: How many there are, one after the other.
    """

    name: str
    address: int
    access: Access
    summary: str
    fields: tuple[Field, ...] = ()
    count: int = 1

    @property
    def mask(self) -> int:
        """All bits that are in a field; the others are reserved."""
        return sum(field.mask for field in self.fields)

    def field(self, name: str) -> Field:
        """A field by its name.

        Raises:
            ValueError: There is no such field.
        """
        for field in self.fields:
            if field.name == name:
                return field
        known = ", ".join(field.name for field in self.fields)
        raise ValueError(f"Field of register {self.name!r} must be one of {known}, not {name!r}")

    def pack(self, **values: int) -> int:
        """The word with these fields; those left out are 0.

        Raises:
            ValueError: There is no such field, or a value does not fit into it.
        """
        word = 0
        for name, value in values.items():
            field = self.field(name)
            most = (1 << field.width) - 1
            if not 0 <= value <= most:
                raise ValueError(
                    f"Field {name!r} of register {self.name!r} must be 0 to {most}, not {value!r}"
                )
            word |= int(value) << field.offset
        return word

    def unpack(self, word: int) -> dict[str, int]:
        """The fields of a word, the inverse of :meth:`pack`."""
        return {field.name: (word & field.mask) >> field.offset for field in self.fields}


def _number(summary: str, width: int = WORD_BITS) -> tuple[Field, ...]:
    """The only field of a register that is one number from bit 0 up."""
    return (Field("value", 0, width, summary),)


def _counter(name: str, address: int, summary: str) -> Register:
    return Register(name, address, Access.READ, summary, _number("low word, then high word"), 2)


STREAM_ERRORS = {
    "early": "`tlast` on a beat that is not the last one of its packet",
    "late": "no `tlast` on the last beat of a packet",
    "keep": "`tkeep` low on a byte that carries a value",
}
"""What can be wrong with a beat of an input stream."""

INPUT_STREAMS = ("x", "w", "c")

_MODE_BITS = 4

_TABLE = (
    Register(
        *("id", 0x000, Access.READ, "Identification."),
        _number(f"`0x{IDENTIFICATION:08x}`"),
    ),
    Register(
        *("version", 0x004, Access.READ, "Version of this register map."),
        (
            Field("patch", 0, 8, "changes that concern nobody"),
            Field("minor", 8, 8, "additions"),
            Field("major", 16, 8, "changes that break a driver"),
        ),
    ),
    Register(
        *("array", 0x008, Access.READ, "The array of the engine."),
        (
            Field("rows", 0, 8, "R"),
            Field("columns", 8, 8, "C"),
            Field("native", 16, 1, "1: 6-bit multipliers, one pass; 0: 4-bit ones, 1 to 4 passes"),
        ),
    ),
    Register(
        *("block", 0x00C, Access.READ, "The blocks of both operands."),
        (
            Field("size", 0, 16, "N, elements in a block"),
            Field("exponent_bits", 16, 8, "bits of the shared exponents"),
            Field("random_bits", 24, 8, "random bits of stochastic rounding"),
        ),
    ),
    Register(
        *("buffers", 0x010, Access.READ, "The operand buffers."),
        (
            Field("depth", 0, 16, "D, most blocks along K in a chunk"),
            Field("panel_tiles", 16, 16, "T, row tiles in a panel"),
        ),
    ),
    Register(
        *("bus", 0x014, Access.READ, "Bytes in a beat of the streams."),
        (
            Field("operand_bytes", 0, 16, "of X and W"),
            Field("row_bytes", 16, 16, "of C and Y"),
        ),
    ),
    Register(
        *("limits", 0x018, Access.READ, "Sizes of the queue and of the table of modes."),
        (
            Field("queue", 0, 8, "descriptors that wait for the engine"),
            Field("layers", 8, 16, "entries of the table of modes"),
        ),
    ),
    Register(
        *("control", 0x020, Access.READ_WRITE, "Stop and go on."),
        (
            Field(
                *("halt", 0, 1),
                "1: the engine and the queue are in reset, whatever the input streams bring is "
                "taken and dropped; set by hardware too, when a stream errs",
            ),
        ),
    ),
    Register(
        *("status", 0x024, Access.READ, "What the core is doing."),
        (
            Field("busy", 0, 1, "a product is queued or in work, or a beat of Y not yet taken"),
            Field("halted", 1, 1, "as `control.halt`"),
            Field("free", 8, 8, "free places in the queue"),
        ),
    ),
    Register(
        *("error", 0x028, Access.CLEAR, "What went wrong; while a bit is set, nothing is started."),
        (
            Field("descriptor", 0, 1, "`start` with an illegal descriptor"),
            Field("queue_full", 1, 1, "`start` while no place in the queue was free"),
            Field("refused", 2, 1, "`start` while halted, or before an error was cleared"),
            *(
                Field(f"{stream}_{error}", 8 * number + place, 1, f"{stream.upper()}: {summary}")
                for number, stream in enumerate(INPUT_STREAMS, 1)
                for place, (error, summary) in enumerate(STREAM_ERRORS.items())
            ),
        ),
    ),
    Register(
        *("interrupt_enable", 0x02C, Access.READ_WRITE, "What raises the interrupt."),
        (Field("done", 0, 1, "a product's end"), Field("error", 1, 1, "an error")),
    ),
    Register(
        *("interrupt_status", 0x030, Access.CLEAR, "What has happened since it was cleared."),
        (
            Field("done", 0, 1, "the last beat of a product was taken"),
            Field("error", 1, 1, "a bit of `error` was set"),
        ),
    ),
    Register(
        *("products", 0x034, Access.READ, "Products that have ended since reset."),
        _number("their count, modulo 2^32"),
    ),
    Register(*("rows", 0x040, Access.READ_WRITE, "Descriptor: M."), _number("1 or more", 16)),
    Register(*("columns", 0x044, Access.READ_WRITE, "Descriptor: P."), _number("1 or more", 16)),
    Register(
        *("blocks", 0x048, Access.READ_WRITE, "Descriptor: blocks along K."),
        _number("1 or more", 16),
    ),
    Register(
        *("lanes", 0x04C, Access.READ_WRITE, "Descriptor: elements in the last block of a line."),
        _number("1 to N", 16),
    ),
    Register(
        *("chunk", 0x050, Access.READ_WRITE, "Descriptor: blocks along K in a chunk."),
        _number("1 to D", 16),
    ),
    Register(
        *("seed", 0x054, Access.READ_WRITE, "Descriptor: seed of stochastic rounding."),
        _number("any"),
    ),
    Register(
        *("mode", 0x058, Access.READ_WRITE, "Descriptor: how to convert, and where sums start."),
        (
            Field("word", 0, _MODE_BITS, "the mode word, unless `from_table`"),
            Field("accumulate", 4, 1, "1: sums start from C, 0: from +0"),
            Field("from_table", 5, 1, "1: the mode word is that of a layer's product"),
            Field("product", 6, 2, "which: 0 forward, 1 input gradient, 2 weight gradient"),
            Field("layer", 16, 16, "which: number of the layer"),
        ),
    ),
    Register("start", 0x05C, Access.COMMAND, "Queues the descriptor as it stands."),
    _counter("cycles", 0x060, "Cycles in which a product was in the engine or leaving it."),
    _counter("active", 0x068, "Cycles that fed the array."),
    *(
        _counter(f"stall_{name}", address, f"Cycles in which {what}.")
        for name, address, what in (
            ("x", 0x070, "X had `tready` and no `tvalid`: a block could have been taken"),
            ("w", 0x078, "W had `tready` and no `tvalid`: a block could have been taken"),
            ("c", 0x080, "C had `tready` and no `tvalid`: a row could have been taken"),
            ("y", 0x088, "Y had `tvalid` and no `tready`: a row waited"),
        )
    ),
    Register("clear_counters", 0x090, Access.COMMAND, "Sets all counters of cycles to 0."),
    Register(
        *("layer_mode", 0x1000, Access.READ_WRITE, "The table of modes, a word for each layer."),
        (
            Field("forward", 0, _MODE_BITS, "mode word of the forward product"),
            Field("input_gradient", 4, _MODE_BITS, "mode word of the input gradient"),
            Field("weight_gradient", 8, _MODE_BITS, "mode word of the weight gradient"),
        ),
        MOST_LAYERS,
    ),
)

REGISTERS: Mapping[str, Register] = {register.name: register for register in _TABLE}
"""Every register by its name, in the order of their addresses."""

COUNTERS = ("cycles", "active", "stall_x", "stall_w", "stall_c", "stall_y")
"""Counters of cycles, each of two registers."""

DESCRIPTOR = ("rows", "columns", "blocks", "lanes", "chunk", "seed", "mode")
"""Registers that make a descriptor; their reserved bits must be 0 when it is started."""
