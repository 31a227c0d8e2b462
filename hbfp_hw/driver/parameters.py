"""What a core is, by its registers or by its description."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hbfp_hw.core.packets import bus_bytes
from hbfp_hw.engine import Engine, Variant


@dataclass(frozen=True)
class Parameters:
    """What a driver must know of a core.

    Members:
        engine: Sizes of its engine.
        random_bits: Random bits of stochastic rounding.
        operand_bytes, row_bytes: Bytes in a beat of X and W, and of C and Y.
        queue: Descriptors that wait for the engine.
        layers: Entries of the table of modes.
    """

    engine: Engine
    random_bits: int
    operand_bytes: int
    row_bytes: int
    queue: int
    layers: int

    @classmethod
    def from_registers(cls, fields: Mapping[str, Mapping[str, int]]) -> "Parameters":
        """By the fields of the registers that never change, register by register."""
        array, block = fields["array"], fields["block"]
        engine = Engine(
            Variant.NATIVE if array["native"] else Variant.MIXED,
            *(array["rows"], array["columns"], block["size"], block["exponent_bits"]),
            **fields["buffers"],
        )
        return cls(engine, block["random_bits"], **fields["bus"], **fields["limits"])

    @classmethod
    def from_description(cls, parameters: Mapping[str, Any]) -> "Parameters":
        """By the parameters in a design's ``.json``."""
        engine = Engine.from_parameters(parameters)
        return cls(
            engine,
            parameters["random_bits"],
            bus_bytes(32 * engine.block_size, parameters["bus_bits"]),
            bus_bytes(32 * engine.columns, parameters["bus_bits"]),
            parameters["queue"],
            parameters["layers"],
        )

    def check(self, wanted: "Parameters") -> None:
        """Raise unless these are the parameters that are wanted.

        Raises:
            ValueError: They are not; the message names the first that differs.
        """
        found, expected = ({**asdict(given.engine), **asdict(given)} for given in (self, wanted))
        for name, value in expected.items():
            if name != "engine" and found[name] != value:
                shown = [v.value if isinstance(v, Variant) else v for v in (value, found[name])]
                raise ValueError(f"Core must have {name} {shown[0]!r}, not {shown[1]!r}")
