"""Verilog to measure."""

import hashlib
from dataclasses import dataclass

from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.rtl import Unit


@dataclass(frozen=True)
class VerilogSource:
    """The Verilog of a design.

    Members:
        top: Name of the top module.
        verilog: The text of the top module and all that it instantiates.
        sha256: Hash of the text.
    """

    top: str
    verilog: str
    sha256: str

    @classmethod
    def of_text(cls, verilog: str, top: str) -> "VerilogSource":
        """A design as text."""
        return cls(top, verilog, hashlib.sha256(verilog.encode()).hexdigest())

    @classmethod
    def of_unit(cls, unit: Unit, *, cached: bool = True, poll: Poll = None) -> "VerilogSource":
        """Return the Verilog of a unit. Arguments: see :func:`.cached_design`."""
        design = cached_design(unit, cached=cached, poll=poll)
        return cls.of_text(design.verilog, design.name)
