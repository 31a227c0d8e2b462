"""The command line: ``hbfp COMMAND``."""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from hbfp_hw import __version__
from hbfp_hw.cli import gemm, generate, regression, units
from hbfp_hw.cli.output import BadInput
from hbfp_hw.simulate import SimulationError, SimulatorMissing

COMMANDS = (gemm, generate, units, regression)


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)


def make_parser() -> Parser:
    """The parser of the whole command line."""
    parser = Parser(
        prog="hbfp",
        description="Hybrid block floating point in hardware: bit-accurate models and Verilog.",
        epilog="Exit code: 0 when everything checked holds, 1 when not, 2 on bad input.",
    )
    parser.add_argument("--version", action="version", version=f"hbfp_hw {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for command in COMMANDS:
        command.add_parser(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = make_parser().parse_args(arguments)
    try:
        return options.run(options)
    except BadInput as error:
        print(f"hbfp: {error}", file=sys.stderr)
        return 2
    except (SimulatorMissing, SimulationError) as error:
        print(f"hbfp: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("hbfp: interrupted", file=sys.stderr)
        return 130
