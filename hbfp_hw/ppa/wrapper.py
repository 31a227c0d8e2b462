"""Verilog around a unit for a measurement at a clock.

Two modules surround the unit. The path holds the unit with constants at its handshake, and later
the ranks of registers that the mapping puts into its logic. The shell holds the path and one
register for each bit of its operands and results; a unit whose last stage registers its result
needs none for results. It joins the path only after mapping: its
registers are counted, and none of them moves into the logic.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hbfp_hw.area.source import VerilogSource
from hbfp_hw.format import check_integer
from hbfp_hw.generation.description import DesignDescription, Port
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.rtl import Unit

PATH = "hbfp_path"
"""Module with the unit. Yosys breaks ties by name: another name would move the figures."""

SHELL = "hbfp_shell"
"""Module with the path and the fixed registers: the top module of a mapped netlist."""

FIXED = 2
"""Cycles that the fixed registers take, one for operands and one for results."""

MOST_RANKS = 32

WHOLE_UNITS = ("pe", "array", "gemm", "core")
"""Units that are measured with handshake and reset. In others both are tied off."""


REGISTERED = ("convert", "fp32", "mac", "fp32_mac", "bf16_mac", "int8_mac")
"""Units whose last stage, if they have stages, registers the result."""


@dataclass(frozen=True)
class Wrapped:
    """A unit between fixed registers.

    Members:
        name: Name of the unit's design with the number of ranks to be added.
        path: Verilog of the module :data:`PATH` and of all that it instantiates.
        shell: Verilog of the module :data:`SHELL`.
        operands: Width of each input port of the shell in bits, without the clock. The ports have
            the names that they have in the unit.
        results: Width of each output port of the shell in bits.
        ranks: Ranks of registers between those of operands and results: the ranks to be added, or
            the stages of the unit, without the last one if that holds the result.
        latency: Cycles from an operand at the shell's ports to its result there.
        retime: Whether the mapping has to put the ranks into the logic.
    """

    name: str
    path: str
    shell: str
    operands: Mapping[str, int]
    results: Mapping[str, int]
    ranks: int
    latency: int
    retime: bool

    @property
    def operand_bits(self) -> int:
        """Bits of all operands: the flops that hold them."""
        return sum(self.operands.values())

    @property
    def result_bits(self) -> int:
        """Bits of all results: the flops that hold them, in the shell or in the unit."""
        return sum(self.results.values())


def wrap_unit(unit: Unit, ranks: int = 0, *, cached: bool = True, poll: Poll = None) -> Wrapped:
    """Return a unit between fixed registers.

    Streams of a data path are always valid and always ready, and its reset is never asserted.
    The units of :data:`WHOLE_UNITS` keep handshake and reset as operands and results.

    Parameters:
        unit: The unit.
        ranks: Ranks of registers that the mapping puts into its logic, 0 to 32.
        cached: Whether Verilog that was generated earlier may be used.
        poll: Called a few times a second while another process generates the Verilog.

    Raises:
        TypeError: ``ranks`` is not an integer.
        ValueError: ``ranks`` is out of range, or above 0 for a unit that has registers.
    """
    check_integer("Ranks", ranks, 0, MOST_RANKS)
    design = cached_design(unit, cached=cached, poll=poll)
    description = design.description
    if ranks and description.clock is not None:
        raise ValueError(
            f"Ranks of {design.name} must be 0, as it has registers of its own, not {ranks}"
        )
    operands, results, constants = _sides(description)
    connections = [(port.name, port.name) for port in (*operands, *results)] + constants
    source = VerilogSource.of_text(design.verilog, design.name)
    own = stages(description)
    registered = own > 0 and description.unit in REGISTERED
    return Wrapped(
        name=f"{design.name}_r{ranks}",
        path=f"{source.verilog}\n{_path(description, operands, results, connections)}",
        shell=_shell(operands, results, registered=registered),
        operands={port.name: port.width for port in operands},
        results={port.name: port.width for port in results},
        ranks=ranks or own - registered,
        latency=FIXED - registered + ranks + description.latency,
        retime=ranks > 0,
    )


def stages(description: DesignDescription) -> int:
    """Return the register stages that a design has by its parameters."""
    return int(description.parameters.get("pipeline", 0))


def _sides(
    description: DesignDescription,
) -> tuple[list[Port], list[Port], list[tuple[str, str]]]:
    """Return the ports that carry operands, those that carry results, and ports with constants."""
    whole = description.unit in WHOLE_UNITS
    operands, results, constants = [], [], []
    for port in description.ports:
        handshake = port.name.endswith(("__valid", "__ready"))
        if port.name == description.clock:
            constants.append((port.name, "clk"))
        elif port.direction == "in":
            if whole or not (handshake or port.name == "rst"):
                operands.append(port)
            else:
                constants.append((port.name, "1'b1" if handshake else "1'b0"))
        elif whole or not handshake:
            results.append(port)
    return operands, results, constants


def _path(
    description: DesignDescription,
    operands: list[Port],
    results: list[Port],
    connections: list[tuple[str, str]],
) -> str:
    """Return the module with the unit."""
    return f"""\
module {PATH}({_header(operands, results)});
  {description.name} unit({", ".join(f".{port}({net})" for port, net in connections)});
endmodule
"""


def _shell(operands: list[Port], results: list[Port], *, registered: bool) -> str:
    """Return the module with the path between fixed registers.

    Parameters:
        operands, results: Ports of the path.
        registered: Whether the path registers its results itself.
    """
    lines = [f"  reg [{port.width - 1}:0] {_held(port.name)};" for port in operands]
    lines += [f"  always @(posedge clk) {_held(port.name)} <= {port.name};" for port in operands]
    connections = [".clk(clk)", *(f".{port.name}({_held(port.name)})" for port in operands)]
    if registered:
        connections += [f".{port.name}({port.name})" for port in results]
    else:
        lines += [f"  reg [{port.width - 1}:0] {_held(port.name)};" for port in results]
        lines += [f"  wire [{port.width - 1}:0] {_fresh(port.name)};" for port in results]
        lines += [
            f"  always @(posedge clk) {_held(port.name)} <= {_fresh(port.name)};\n"
            f"  assign {port.name} = {_held(port.name)};"
            for port in results
        ]
        connections += [f".{port.name}({_fresh(port.name)})" for port in results]
    body = "\n".join(lines)
    return f"""\
module {SHELL}({_header(operands, results)});
{body}
  {PATH} path({", ".join(connections)});
endmodule
"""


def _header(operands: list[Port], results: list[Port]) -> str:
    ports = ["input clk"]
    ports += [f"input [{port.width - 1}:0] {port.name}" for port in operands]
    ports += [f"output [{port.width - 1}:0] {port.name}" for port in results]
    return ", ".join(ports)


def _fresh(name: str) -> str:
    """Return the name of the net with a result before its fixed register."""
    return f"{name}_fresh"


def _held(name: str) -> str:
    """Return the name of the fixed register of a port."""
    return f"{name}_held"
