"""Verilog of a design to be synthesised."""

import hashlib
from dataclasses import dataclass

from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.net_names import numbered
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.rtl import Unit


@dataclass(frozen=True)
class VerilogSource:
    """Verilog text of one design.

    Members:
        top: Name of the top module.
        verilog: Text of the top module and of every module that it instantiates, with numbers in
            place of generated net names.
        sha256: SHA-256 of the text with the names, in hexadecimal.
    """

    top: str
    verilog: str
    sha256: str

    @classmethod
    def of_text(cls, verilog: str, top: str) -> "VerilogSource":
        """Return the source with a Verilog text and the name of its top module.

        Generated net names are replaced by numbers, because Yosys breaks ties by name.
        """
        return cls(top, numbered(verilog), hashlib.sha256(verilog.encode()).hexdigest())

    @classmethod
    def of_unit(cls, unit: Unit, *, cached: bool = True, poll: Poll = None) -> "VerilogSource":
        """Return the Verilog of a unit. For the parameters see :func:`.cached_design`."""
        design = cached_design(unit, cached=cached, poll=poll)
        return cls.of_text(design.verilog, design.name)
