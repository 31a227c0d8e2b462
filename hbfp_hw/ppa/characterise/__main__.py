"""Characterise standard cells: ``python -m hbfp_hw.ppa.characterise -o FILE``."""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.processes import ToolError
from hbfp_hw.ppa.characterise.catalogue import all_cells
from hbfp_hw.ppa.characterise.characterisation import Characterisation
from hbfp_hw.ppa.characterise.liberty_writer import write_liberty


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m hbfp_hw.ppa.characterise",
        description="Characterise standard cells of sky130_fd_sc_hd with ngspice.",
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="Liberty file to write"
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="TEXT",
        help="measure only cells with this in their names",
    )
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="processes of ngspice at a time (2)"
    )
    options = parser.parse_args(arguments)
    cells = [cell for cell in all_cells() if options.only in cell.name]
    if not cells:
        parser.error(f"TEXT must be part of the name of a cell, not {options.only!r}")
    if options.workers < 1:
        parser.error(f"N must be 1 or more, not {options.workers}")
    try:
        with Characterisation.begin() as run, ThreadPoolExecutor(options.workers) as pool:
            found = []
            for result in pool.map(run.measure, cells):
                found.append(result)
                print(f"{len(found)}/{len(cells)} {result.name}", file=sys.stderr, flush=True)
            text = write_liberty(found, ngspice=run.ngspice.version, package=run.sources.version)
        write_text(options.output, text)
    except (ToolError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
