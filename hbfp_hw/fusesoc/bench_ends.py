"""Ends of a design's channels in a test bench: sources, sinks and the modules of their payloads.

In module names, BENCH stands for the name of the test bench.
"""

from collections.abc import Sequence

from hbfp_hw.core.registers import WORD_BITS
from hbfp_hw.fusesoc.channels import Access, Channel, numbers
from hbfp_hw.generation.description import DesignDescription

KINDS = ("write", "read", "wait", "interrupt")
"""Kinds of register accesses; the index is the code in the bench."""

ACCESS_BITS = 48
"""Bits of a register access in the bench: kind, address and value."""

VALUES = """
module BENCH_{name}_values (
    input wire [31:0] index, output wire [{top}:0] value, output wire [{top}:0] care
);
  reg [{top}:0] values [0:{last}];
{cares}  assign value = values[index[{bits}:0]];
  initial begin
{lines}
  end
endmodule
"""

END = """\
  wire [31:0] {name}_index;
  wire [{top}:0] {name}_value, {name}_care, {name}_payload;
  wire {name}_valid;
  {wires};
  BENCH_{name}_values values_{name} (
    .index({name}_index), .value({name}_value), .care({name}_care));
  BENCH_{kind} #({parameters}, .STALLS(STALLS)) end_{name} (
    .clk(clk), .hold(hold), .index({name}_index), .value({name}_value), .payload({name}_payload),
    .valid({name}_valid), .ready({name}_ready), {ports});"""

REGISTERS_END = """\
  wire [31:0] registers_index;
  wire [47:0] registers_value, registers_care;
  wire registers_done, interrupt;
{wires}
  BENCH_registers_values values_registers (
    .index(registers_index), .value(registers_value), .care(registers_care));
  BENCH_registers #(.COUNT({count}), .SEED(5), .STALLS(STALLS)) end_registers (
    .clk(clk), .hold(hold), .index(registers_index), .value(registers_value),
    .results(results), .done(registers_done), .interrupt(interrupt), {ports});"""

LITE = "s_axil_"
"""Prefix of the ports of the register bus."""

HELD = {f"{LITE}awprot": "3'bx", f"{LITE}arprot": "3'bx", f"{LITE}wstrb": "4'hf"}
"""Constant values of ports of the register bus."""


def channel_values(channel: Channel) -> str:
    """Return the module that holds the payloads of a channel."""
    values = numbers(channel.values)
    unknown = numbers(channel.unknown)
    return _values(channel.name, channel.width, values, unknown, known=channel.output)


def access_values(accesses: Sequence[Access]) -> str:
    """Return the module that holds the register accesses."""
    words = [
        KINDS.index(access.kind) << ACCESS_BITS - 3 | access.address << WORD_BITS | access.value
        for access in accesses
    ]
    return _values("registers", ACCESS_BITS, words, [0] * len(words), known=True)


def _values(
    name: str, width: int, values: Sequence[int], unknown: Sequence[int], *, known: bool
) -> str:
    """Return a module with a memory of payloads.

    Parameters:
        known: True for outputs, whose unknown bits the bench does not compare; False for inputs,
            whose unknown bits are ``x``.
    """
    # A memory needs a word, even if there are no payloads.
    values, unknown = values or [0], unknown or [0]
    bits = max(1, (len(values) - 1).bit_length()) - 1
    words = {"values": values}
    if known and any(unknown):
        words["cares"] = [((1 << width) - 1) & ~mask for mask in unknown]
        cares = f"  reg [{width - 1}:0] cares [0:{len(values) - 1}];\n"
        cares += f"  assign care = cares[index[{bits}:0]];\n"
    else:
        cares = f"  assign care = {{{width}{{1'b1}}}};\n"
    hidden = [0] * len(values) if known else unknown
    lines = [
        f"    {memory}[{place}] = {_literal(width, word, mask)};"
        for memory, contents in words.items()
        for place, (word, mask) in enumerate(zip(contents, hidden, strict=True))
    ]
    return VALUES.format(
        name=name,
        top=width - 1,
        last=len(values) - 1,
        cares=cares,
        bits=bits,
        lines="\n".join(lines),
    )


def _literal(width: int, value: int, unknown: int) -> str:
    """Return a Verilog literal; bits that are 1 in ``unknown`` are ``x``."""
    if not unknown:
        return f"{width}'h{value:x}"
    bits = f"{value:0{width}b}"
    mask = f"{unknown:0{width}b}"
    return f"{width}'b" + "".join(
        "x" if hidden == "1" else bit for bit, hidden in zip(bits, mask, strict=True)
    )


def channel_end(channel: Channel, seed: int) -> tuple[str, list[str]]:
    """Return the source or sink of a channel, and the connections of the design's ports.

    Parameters:
        seed: Seed of the pauses, not 0.
    """
    name, width = channel.name, channel.width
    connections = []
    offset = 0
    for port, bits in channel.ports:
        connections.append(f".{port}({name}_payload[{offset + bits - 1}:{offset}])")
        offset += bits
    for handshake, part in ((channel.valid, "valid"), (channel.ready, "ready")):
        if handshake is not None:
            connections.append(f".{handshake}({name}_{part})")
    held = channel.ready is not None
    if channel.output:
        wires = f"wire {name}_ready, {name}_done"
        kind, parameters = "sink", f", .HANDSHAKE({int(held)})"
        ports = f".care({name}_care), .done({name}_done)"
    else:
        wires = f"wire {name}_ready" + ("" if held else " = 1'b1")
        kind, parameters = "source", ""
        ports = f".idle({_literal(width, 0, ((1 << width) - 1) & ~channel.low)})"
    text = END.format(
        name=name,
        wires=wires,
        top=width - 1,
        kind=kind,
        parameters=f".WIDTH({width}), .COUNT({channel.count}), .SEED({seed}){parameters}",
        ports=ports,
    )
    return text, connections


def registers_end(description: DesignDescription, count: int) -> tuple[str, list[str]]:
    """Return the master of the register bus, and the connections of the design's ports.

    Parameters:
        description: Description of the design.
        count: Number of register accesses.
    """
    widths = {
        port.name.removeprefix(LITE): port.width
        for port in description.ports
        if port.name.startswith(LITE) and port.name not in HELD
    }
    text = REGISTERS_END.format(
        wires="\n".join(f"  wire [{width - 1}:0] lite_{port};" for port, width in widths.items()),
        ports=", ".join(f".{port}(lite_{port})" for port in widths),
        count=count,
    )
    connections = [f".{LITE}{port}(lite_{port})" for port in widths]
    connections += [f".{port}({value})" for port, value in HELD.items()]
    return text, [*connections, ".irq(interrupt)"]
