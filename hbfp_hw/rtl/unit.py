"""What every hardware unit says about itself, for the Verilog and for people."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from amaranth.lib import wiring

from hbfp_hw.format import HBFPFormat, check_integer


class Unit(wiring.Component):
    """A generated hardware unit: a component whose ports are valid/ready streams.

    A transfer happens on a rising clock edge with valid and ready high. Valid never waits for
    ready, and a valid payload stays until it is taken. Reset is synchronous and active high.
    """

    _MustUse__silence = True  # a unit may be made only to be described

    unit: str
    """Name of the unit, the same in the golden model, the RTL and the tests."""

    encodings: Mapping[str, str] = {}
    """Encodings of payload fields (:data:`~hbfp_hw.rtl.fields.ENCODINGS`) that shapes do not show.

    By the last part of the fields' names.
    """

    meanings: Mapping[str, str] = {}
    """Meaning of each stream and port in a few words, for the comments in the Verilog.

    By the first part of the name: a stream, a port, or the prefix of a bus. ``{}`` stands for the
    number of a port in an array of ports.
    """

    clock_ports: tuple[str, ...] = ("clk", "rst")
    """Ports of clock and reset that the signature leaves out, if there is a register at all."""

    @property
    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """Every parameter that shapes the hardware, as plain values."""

    @property
    @abstractmethod
    def suffix(self) -> str:
        """The parameters as the last part of the module's name."""

    @property
    @abstractmethod
    def latency(self) -> int:
        """Cycles from the transfer of the last operand to the result's valid, without stalls."""

    @property
    def instances(self) -> dict[str, Callable[[], wiring.Component]]:
        """Modules that the unit instantiates by name; its Verilog has each once.

        There the name of the design stands before the name of the part.
        """
        return {}

    def describe_more(self) -> dict[str, Any]:
        """What the ``.json`` says about this unit and not about others; plain data."""
        return {}

    def describe_port(self, path: tuple[str | int, ...]) -> dict[str, Any]:
        """Describe a port without a handshake for the ``.json``; plain data.

        Parameters:
            path: Its place in the signature.
        """
        return {}

    def other_files(self) -> dict[str, str]:
        """Files that are written besides those of every unit, each by its suffix."""
        return {}

    @property
    def design_name(self) -> str:
        """Name of the top module and of the files."""
        return f"hbfp_{self.unit}_{self.suffix}"


class PairUnit(Unit):
    """A unit on blocks of two formats, or on their products, with a pipeline.

    Members:
        a, b: Formats of the operands.
        pipeline: Register stages.
    """

    a: HBFPFormat
    b: HBFPFormat
    pipeline: int

    @property
    def parameters(self) -> dict[str, Any]:
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
    """Raise unless a unit can have that many pipeline registers."""
    check_integer("Pipeline depth", value, 0, most)


def format_suffix(a: HBFPFormat, b: HBFPFormat | None = None) -> str:
    """Formats as they stand in names: ``m4_n64_e10``, or ``m4x6_n64_e10`` for two widths."""
    widths = f"{a.mantissa_bits}"
    if b is not None and b.mantissa_bits != a.mantissa_bits:
        widths += f"x{b.mantissa_bits}"
    return f"m{widths}_n{a.block_size}_e{a.exponent_bits}"


def pipeline_suffix(pipeline: int, free_running: bool = False) -> str:
    """Register stages as they stand in names; nothing for the default, one that can stop."""
    if free_running:
        return f"_p{pipeline}f"
    return "" if pipeline == 1 else f"_p{pipeline}"
