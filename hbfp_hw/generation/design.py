"""A generated design: Verilog text and its description."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from hbfp_hw.generation.description import Content, DesignDescription


@dataclass(frozen=True)
class Design:
    """One generated hardware design, held as text.

    Members:
        name: Top module and file stem, with its parameters (``hbfp_dot_m4_n64_e10``).
        verilog: Content of the ``.v`` file.
        description: Content of the ``.json`` file: parameters, ports, streams with the bit layout
            of their payloads, latency, throughput, and the versions of the tools.
        control: Content of the ``.vlt`` file, Verilator's control file: the ports that a test bench
            may drive, and lint waivers that hold for this design's file only.
        other_files: Contents of further files, by their suffixes.
    """

    name: str
    verilog: str
    description: DesignDescription
    control: str
    other_files: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Return the design as plain data."""
        return {**vars(self), "description": self.description.to_json()}

    @classmethod
    def from_json(cls, content: Content) -> "Design":
        """Return the design with this content, the inverse of :meth:`to_json`.

        Other keys are ignored: a record of the design cache has some of its own.
        """
        given = {each.name: content[each.name] for each in fields(cls)}
        return cls(**given | {"description": DesignDescription.from_json(given["description"])})
