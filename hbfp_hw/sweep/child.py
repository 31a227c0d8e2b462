"""``hbfp`` as the process of one point: ``python -m hbfp_hw.sweep.child OUT COMMAND ...``."""

import contextlib
import sys


def main() -> int:
    """Run a command with its standard output, the JSON object, in a file of its own."""
    from hbfp_hw.cli import main

    with open(sys.argv[1], "w", encoding="utf-8") as out, contextlib.redirect_stdout(out):
        return main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
