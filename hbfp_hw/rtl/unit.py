"""Base classes of hardware units: what generation and users know about each of them."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from amaranth.lib import wiring

from hbfp_hw.format import HBFPFormat, check_integer
from hbfp_hw.rtl.fields import Field

Parameters = dict[str, Any]
"""Parameters by name: integers, texts, lists of integers or None, depending on the name."""


class PortDetails(TypedDict, total=False):
    """Details of a port without a handshake; see :class:`.Port` of the description for meanings."""

    fields: list[Field]
    delay: int
    row_delay: int


class Unit(wiring.Component):
    """Hardware unit for which Verilog is generated.

    The ports of a unit are streams, except for ``array`` (no handshakes) and ``core`` (AXI). A
    transfer happens on a rising clock edge with ``valid`` and ``ready`` asserted. ``valid`` never
    waits for ``ready``; once asserted, it and the payload stay until the transfer. Reset is
    synchronous, and active high in all units but the core.
    """

    _MustUse__silence = True  # some units are made only to be described

    unit: str
    """Name of the unit, the same in the golden model, the RTL and the tests."""

    encodings: Mapping[str, str] = {}
    """Encodings of payload fields (:data:`~hbfp_hw.rtl.fields.ENCODINGS`) that shapes do not show.

    The key is the last part of a field's name.
    """

    meanings: Mapping[str, str] = {}
    """Meaning of each stream and port in a few words, for the comments in the Verilog.

    The key is the first part of the name: a stream, a port, or the prefix of a bus. ``{}`` stands
    for the number of a port in an array of ports.
    """

    clock_ports: tuple[str, ...] = ("clk", "rst")
    """Clock and reset ports that Amaranth adds; a unit without registers has none."""

    @property
    @abstractmethod
    def parameters(self) -> Parameters:
        """All parameters that determine the hardware, as plain values."""

    @property
    @abstractmethod
    def suffix(self) -> str:
        """Last part of the module's name, which carries the parameters."""

    @property
    @abstractmethod
    def latency(self) -> int:
        """Cycles from the last operand's transfer to ``valid`` of the result, without stalls."""

    @property
    def instances(self) -> dict[str, Callable[[], wiring.Component]]:
        """Makers of the modules that the unit instantiates by name; its Verilog has one of each.

        In the Verilog, the name of the design precedes the name of the part.
        """
        return {}

    def describe_more(self) -> dict[str, object]:
        """Return the part of the ``.json`` that only this unit has, as plain data."""
        return {}

    def describe_port(self, path: tuple[str | int, ...]) -> PortDetails:
        """Return the description of a port without a handshake for the ``.json``, as plain data.

        Parameters:
            path: Path of the port in the signature.
        """
        return {}

    def other_files(self) -> dict[str, str]:
        """Return further files to write, besides those of every unit, by their suffixes."""
        return {}

    @property
    def design_name(self) -> str:
        """Name of the top module and of the files."""
        return f"hbfp_{self.unit}_{self.suffix}"


class PairUnit(Unit):
    """Unit with a pipeline whose operands are blocks of two formats, or products of such blocks.

    Members:
        a, b: Formats of the operands.
        pipeline: Register stages.
    """

    a: HBFPFormat
    b: HBFPFormat
    pipeline: int

    @property
    def parameters(self) -> Parameters:
        return {
            "mantissa_bits": [self.a.mantissa_bits, self.b.mantissa_bits],
            "block_size": self.a.block_size,
            "exponent_bits": self.a.exponent_bits,
            "pipeline": self.pipeline,
        }

    @property
    def suffix(self) -> str:
        return format_suffix(self.a, self.b) + pipeline_suffix(self.pipeline)

    @property
    def latency(self) -> int:
        return self.pipeline


def check_pipeline(value: int, most: int) -> None:
    """Raise an error unless a pipeline depth is 0 to ``most``."""
    check_integer("Pipeline depth", value, 0, most)


def format_suffix(a: HBFPFormat, b: HBFPFormat | None = None) -> str:
    """Return formats as they stand in names: ``m4_n64_e10``, or ``m4x6_n64_e10`` for two widths."""
    widths = f"{a.mantissa_bits}"
    if b is not None and b.mantissa_bits != a.mantissa_bits:
        widths += f"x{b.mantissa_bits}"
    return f"m{widths}_n{a.block_size}_e{a.exponent_bits}"


def pipeline_suffix(pipeline: int, free_running: bool = False) -> str:
    """Return register stages as they stand in names; nothing for one stage that can stall."""
    if free_running:
        return f"_p{pipeline}f"
    return "" if pipeline == 1 else f"_p{pipeline}"
