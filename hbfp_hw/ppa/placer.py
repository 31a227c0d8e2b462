"""The placer coloquinte, from PyPI, run in a child process.

Its algorithms are C++ that nothing can interrupt, so a time limit needs a process of its own.
"""

import importlib.metadata
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.processes import ToolError, run_process

PACKAGE = "coloquinte"

CHILD = """
import json, sys
import coloquinte
given = json.load(open(sys.argv[1], encoding="utf-8"))
widths, height, ports = given["widths"], given["height"], given["ports"]
die_width, die_height = given["die"]
count = len(widths)
fixed = [False] * count + [True] * len(ports)
circuit = coloquinte.Circuit(count + len(ports))
circuit.cell_width = widths + [0] * len(ports)
circuit.cell_height = [height] * count + [0] * len(ports)
circuit.cell_is_fixed = fixed
circuit.cell_is_obstruction = [not each for each in fixed]
circuit.cell_x = [die_width // 2] * count + [x for x, _ in ports]
circuit.cell_y = [die_height // 2] * count + [y for _, y in ports]
middles = [(width // 2, height // 2) for width in widths] + [(0, 0)] * len(ports)
for net in given["nets"]:
    circuit.add_net(net, [middles[cell][0] for cell in net], [middles[cell][1] for cell in net])
circuit.setup_rows(coloquinte.Rectangle(0, die_width, 0, die_height), height, True, False)
circuit.place(given["effort"])
places = list(zip(circuit.cell_x[:count], circuit.cell_y[:count]))
json.dump(places, open(sys.argv[2], "w", encoding="utf-8"))
"""
"""Python program that places the circuit of one JSON file and writes the corners to another."""


class PlacerMissing(ToolError):
    """Error: coloquinte is not installed. The message says what to install."""


@dataclass(frozen=True)
class Circuit:
    """Cells to place and the nets between them, in whole units of length of the caller's choice.

    Members:
        widths: Width of each cell.
        height: Height of all cells, and of a row.
        die: Width of the rows, and height of all rows together.
        ports: Places of the ports.
        nets: The cells and ports of each net; ports are numbered after the cells.
    """

    widths: Sequence[int]
    height: int
    die: tuple[int, int]
    ports: Sequence[tuple[int, int]]
    nets: Sequence[Sequence[int]]


@dataclass(frozen=True)
class PlacerRun:
    """How to run the placer.

    Parameters:
        timeout: Seconds allowed; 8,000 cells take 4 to 20 s.
        log: File that the placer's output is appended to; None drops it.
        poll: Called a few times a second while the placer runs; if it raises, the placer is
            stopped.
    """

    timeout: float = 1800.0
    log: Path | None = None
    poll: Poll = None


def placer_version() -> str:
    """Return the version of coloquinte, which decides the places.

    Raises:
        PlacerMissing: It is not installed.
    """
    _check_installed()
    return importlib.metadata.version(PACKAGE)


def run_placer(circuit: Circuit, effort: int, run: PlacerRun) -> list[tuple[int, int]]:
    """Return the lower left corner of each placed cell.

    Parameters:
        circuit: Cells and nets.
        effort: Effort of the placer, 1 to 9.
        run: How to run it.

    Raises:
        PlacerMissing: coloquinte is not installed.
        ToolError: It failed, or reached the time limit.
    """
    _check_installed()
    with tempfile.TemporaryDirectory(prefix="hbfp-place-") as name:
        folder = Path(name)
        given, found = folder / "circuit.json", folder / "places.json"
        given.write_text(json.dumps(asdict(circuit) | {"effort": effort}), encoding="utf-8")
        try:
            run_process(
                [sys.executable, "-c", CHILD, given, found],
                name=PACKAGE,
                cwd=folder,
                log=Path(os.devnull) if run.log is None else run.log.absolute(),
                timeout=run.timeout,
                poll=run.poll,
            )
        except ToolError as error:
            raise ToolError(error.message, log=run.log) from None
        return [(x, y) for x, y in json.loads(found.read_text(encoding="utf-8"))]


def _check_installed() -> None:
    if importlib.util.find_spec(PACKAGE) is None:
        raise PlacerMissing(
            f"{PACKAGE}, which places cells, is not installed: run `pip install 'hbfp_hw[ppa]'` "
            "with Python 3.11 or 3.12 on Linux"
        )
