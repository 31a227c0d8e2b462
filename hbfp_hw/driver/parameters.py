"""Parameters of a core, read from its registers or from its description."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hbfp_hw.core.packets import bus_bytes
from hbfp_hw.core.registers import IDENTIFICATION, REGISTERS, VERSION
from hbfp_hw.driver.transport import Transport
from hbfp_hw.engine import Engine, Variant

PARAMETER_REGISTERS = ("array", "block", "buffers", "bus", "limits")
"""Read-only registers that hold the parameters of a core."""


@dataclass(frozen=True)
class CoreParameters:
    """Parameters of a core that a driver needs.

    Members:
        engine: Parameters of its engine.
        random_bits: Random bits of stochastic rounding.
        operand_bytes: Bytes in a beat of X and W.
        row_bytes: Bytes in a beat of C and Y.
        queue: Descriptors that can wait for the engine.
        layers: Layers of the mode table.
    """

    engine: Engine
    random_bits: int
    operand_bytes: int
    row_bytes: int
    queue: int
    layers: int

    @classmethod
    def from_registers(cls, fields: Mapping[str, Mapping[str, int]]) -> "CoreParameters":
        """Return the parameters, given the fields of each of :data:`PARAMETER_REGISTERS`."""
        array, block = fields["array"], fields["block"]
        engine = Engine(
            Variant.NATIVE if array["native"] else Variant.MIXED,
            array["rows"],
            array["columns"],
            block["size"],
            block["exponent_bits"],
            **fields["buffers"],
        )
        return cls(engine, block["random_bits"], **fields["bus"], **fields["limits"])

    @classmethod
    def from_description(cls, parameters: Mapping[str, Any]) -> "CoreParameters":
        """Return the parameters, given those in a design's ``.json``."""
        engine = Engine.from_parameters(parameters)
        return cls(
            engine,
            parameters["random_bits"],
            bus_bytes(32 * engine.block_size, parameters["bus_bits"]),
            bus_bytes(32 * engine.columns, parameters["bus_bits"]),
            parameters["queue"],
            parameters["layers"],
        )

    def check(self, wanted: "CoreParameters") -> None:
        """Raise an error unless these parameters equal ``wanted``.

        Raises:
            ValueError: They differ; the message names the first parameter that does.
        """
        found, expected = ({**asdict(given.engine), **asdict(given)} for given in (self, wanted))
        for name, value in expected.items():
            if name != "engine" and found[name] != value:
                shown = [v.value if isinstance(v, Variant) else v for v in (value, found[name])]
                raise ValueError(f"Core must have {name} {shown[0]!r}, not {shown[1]!r}")


async def read_parameters(transport: Transport) -> CoreParameters:
    """Read the parameters of the core behind a transport.

    Raises:
        ValueError: The registers do not identify a core, or have another major version.
    """
    names = ("id", "version", *PARAMETER_REGISTERS)
    words = {name: await transport.read(REGISTERS[name].address) for name in names}
    if words["id"] != IDENTIFICATION:
        raise ValueError(
            f"Core must identify itself as 0x{IDENTIFICATION:08x}, not 0x{words['id']:08x}"
        )
    fields = {name: REGISTERS[name].unpack(word) for name, word in words.items()}
    if fields["version"]["major"] != VERSION[0]:
        raise ValueError(
            f"Register map must be of major version {VERSION[0]}, not {fields['version']['major']}"
        )
    return CoreParameters.from_registers(fields)
