"""Estimated wires in a Liberty file, for the sizing by ABC."""

import re
from pathlib import Path

from hbfp_hw.ppa.liberty_text import parse_liberty
from hbfp_hw.ppa.liberty_units import Units

NAME = "hbfp_estimate"

LIBRARY = re.compile(r"^\s*library\s*\([^)]*\)\s*\{", re.MULTILINE)

MOST_READERS = 64
"""Readers of a net up to which the wire load is listed; beyond, ABC extends the list."""


def with_wire_load(library: Path, per_reader: float) -> str:
    """Return the text of a library with a wire load that grows with the readers of a net.

    A default wire load that the library has is replaced.

    Parameters:
        library: Liberty file.
        per_reader: Capacitance of the wire in pF for each reader.

    Raises:
        ValueError: The file has no group of a library.
    """
    text = library.read_text(encoding="utf-8", errors="replace")
    length = per_reader / Units.of(parse_liberty(text)).capacitance
    lines = [
        f'  wire_load("{NAME}") {{',
        "    resistance : 0;",
        "    capacitance : 1;",
        "    area : 0;",
        f"    slope : {length:.6g};",
        *(
            f"    fanout_length({count}, {count * length:.6g});"
            for count in range(1, MOST_READERS + 1)
        ),
        "  }",
        f'  default_wire_load : "{NAME}";',
    ]
    text = re.sub(r"\bdefault_wire_load\s*:[^;]*;", "", text)
    return LIBRARY.sub(lambda found: "\n".join([found[0], *lines]), text, count=1)
