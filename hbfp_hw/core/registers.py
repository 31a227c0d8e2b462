"""Register map of the core: the single source of everything about registers.

RTL (:mod:`hbfp_hw.rtl.axi.register_file`), C header, Markdown page, JSON description and the Python
driver all read :data:`REGISTERS`; nothing about a register is stated anywhere else.
"""

from collections.abc import Mapping

from hbfp_hw.core.register import Access, Field, Register

WORD_BYTES = 4
WORD_BITS = 8 * WORD_BYTES
ADDRESS_BITS = 13
"""Bits of a byte address on the AXI4-Lite port: 8 KiB."""

IDENTIFICATION = 0x48424650
"""Value of register ``id``: "HBFP" in ASCII."""
VERSION = (1, 0, 0)
"""Version of the register map; the major number grows with changes that break a driver."""
MOST_LAYERS = 1024
"""Entries of the largest mode table, which takes the upper half of the address space."""


def _number(summary: str, width: int = WORD_BITS) -> tuple[Field, ...]:
    """Return the field of a register that holds one number, from bit 0 up."""
    return (Field("value", 0, width, summary),)


def _counter(name: str, address: int, summary: str) -> Register:
    return Register(name, address, Access.READ, summary, _number("low word, then high word"), 2)


STREAM_ERRORS = {
    "early": "`tlast` on a beat that is not the last one of its packet",
    "late": "no `tlast` on the last beat of a packet",
    "keep": "`tkeep` deasserted on a byte that carries a value",
}
"""Errors of a beat on an input stream, each with its description."""

INPUT_STREAMS = ("x", "w", "c")

_MODE_BITS = 4

_TABLE = (
    Register(
        "id",
        0x000,
        Access.READ,
        "Identification.",
        _number(f"`0x{IDENTIFICATION:08x}`"),
    ),
    Register(
        "version",
        0x004,
        Access.READ,
        "Version of this register map.",
        (
            Field("patch", 0, 8, "corrections without effect on a driver"),
            Field("minor", 8, 8, "additions"),
            Field("major", 16, 8, "changes that break a driver"),
        ),
    ),
    Register(
        "array",
        0x008,
        Access.READ,
        "Array of the engine.",
        (
            Field("rows", 0, 8, "R"),
            Field("columns", 8, 8, "C"),
            Field("native", 16, 1, "1: 6-bit multipliers, one pass; 0: 4-bit ones, 1 to 4 passes"),
        ),
    ),
    Register(
        "block",
        0x00C,
        Access.READ,
        "Blocks of both operands.",
        (
            Field("size", 0, 16, "N, elements in a block"),
            Field("exponent_bits", 16, 8, "bits of the shared exponents"),
            Field("random_bits", 24, 8, "random bits of stochastic rounding"),
        ),
    ),
    Register(
        "buffers",
        0x010,
        Access.READ,
        "Operand buffers.",
        (
            Field("depth", 0, 16, "D, most blocks along K in a chunk"),
            Field("panel_tiles", 16, 16, "T, row tiles in a panel"),
        ),
    ),
    Register(
        "bus",
        0x014,
        Access.READ,
        "Bytes in a beat of each stream.",
        (
            Field("operand_bytes", 0, 16, "of X and W"),
            Field("row_bytes", 16, 16, "of C and Y"),
        ),
    ),
    Register(
        "limits",
        0x018,
        Access.READ,
        "Sizes of the descriptor queue and of the mode table.",
        (
            Field("queue", 0, 8, "descriptors that can wait for the engine"),
            Field("layers", 8, 16, "entries of the mode table"),
        ),
    ),
    Register(
        "control",
        0x020,
        Access.READ_WRITE,
        "Halt and resume.",
        (
            Field(
                "halt",
                0,
                1,
                "1: engine and queue are held in reset, and beats of the input streams are taken "
                "and dropped; hardware sets it after a stream error",
            ),
        ),
    ),
    Register(
        "status",
        0x024,
        Access.READ,
        "State of the core.",
        (
            Field(
                "busy",
                0,
                1,
                "a product is queued or in the engine, or a beat of Y is not yet taken",
            ),
            Field("halted", 1, 1, "copy of `control.halt`"),
            Field("free", 8, 8, "free places in the queue"),
        ),
    ),
    Register(
        "error",
        0x028,
        Access.CLEAR,
        "Errors; while a bit is set, no descriptor is started.",
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
        "interrupt_enable",
        0x02C,
        Access.READ_WRITE,
        "Causes that raise the interrupt.",
        (Field("done", 0, 1, "end of a product"), Field("error", 1, 1, "an error")),
    ),
    Register(
        "interrupt_status",
        0x030,
        Access.CLEAR,
        "Events since they were last cleared.",
        (
            Field("done", 0, 1, "the last beat of a product was taken"),
            Field("error", 1, 1, "a bit of `error` was set"),
        ),
    ),
    Register(
        "products",
        0x034,
        Access.READ,
        "Products completed since reset.",
        _number("count, modulo 2^32"),
    ),
    Register("rows", 0x040, Access.READ_WRITE, "Descriptor: M.", _number("1 or more", 16)),
    Register("columns", 0x044, Access.READ_WRITE, "Descriptor: P.", _number("1 or more", 16)),
    Register(
        "blocks",
        0x048,
        Access.READ_WRITE,
        "Descriptor: blocks along K.",
        _number("1 or more", 16),
    ),
    Register(
        "lanes",
        0x04C,
        Access.READ_WRITE,
        "Descriptor: elements in the last block of a line.",
        _number("1 to N", 16),
    ),
    Register(
        "chunk",
        0x050,
        Access.READ_WRITE,
        "Descriptor: blocks along K in a chunk.",
        _number("1 to D", 16),
    ),
    Register(
        "seed",
        0x054,
        Access.READ_WRITE,
        "Descriptor: seed of stochastic rounding.",
        _number("any"),
    ),
    Register(
        "mode",
        0x058,
        Access.READ_WRITE,
        "Descriptor: conversion, and start of the sums.",
        (
            Field("word", 0, _MODE_BITS, "the mode word, unless `from_table`"),
            Field("accumulate", 4, 1, "1: sums start from C, 0: from +0"),
            Field("from_table", 5, 1, "1: the mode word comes from the mode table"),
            Field(
                "product",
                6,
                2,
                "product in the table: 0 forward, 1 input gradient, 2 weight gradient",
            ),
            Field("layer", 16, 16, "layer in the table"),
        ),
    ),
    Register(
        "start", 0x05C, Access.COMMAND, "Check and queue the descriptor that the registers hold."
    ),
    _counter(
        "cycles", 0x060, "Cycles in which a product was in the engine or its results were leaving."
    ),
    _counter("active", 0x068, "Cycles in which the array was fed."),
    *(
        _counter(f"stall_{name}", address, f"Cycles in which {what}.")
        for name, address, what in (
            ("x", 0x070, "X had `tready` and no `tvalid`: a block could have been taken"),
            ("w", 0x078, "W had `tready` and no `tvalid`: a block could have been taken"),
            ("c", 0x080, "C had `tready` and no `tvalid`: a row could have been taken"),
            ("y", 0x088, "Y had `tvalid` and no `tready`: a row waited"),
        )
    ),
    Register("clear_counters", 0x090, Access.COMMAND, "Set all cycle counters to 0."),
    Register(
        "layer_mode",
        0x1000,
        Access.READ_WRITE,
        "Mode table, one word for each layer.",
        (
            Field("forward", 0, _MODE_BITS, "mode word of the forward product"),
            Field("input_gradient", 4, _MODE_BITS, "mode word of the input gradient"),
            Field("weight_gradient", 8, _MODE_BITS, "mode word of the weight gradient"),
        ),
        MOST_LAYERS,
    ),
)

REGISTERS: Mapping[str, Register] = {register.name: register for register in _TABLE}
"""All registers by name, in the order of their addresses."""

COUNTERS = ("cycles", "active", "stall_x", "stall_w", "stall_c", "stall_y")
"""Cycle counters, two registers each."""

DESCRIPTOR = ("rows", "columns", "blocks", "lanes", "chunk", "seed", "mode")
"""Registers that hold a descriptor; their reserved bits must be 0 when it is started."""
