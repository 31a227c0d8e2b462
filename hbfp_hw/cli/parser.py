"""The parser of the command line, with the options of each command added on first use."""

import argparse
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import IO, Any, NoReturn

from hbfp_hw.cli.completion import SHELLS, PrintCompletion
from hbfp_hw.cli.output import STANDARD_OUTPUT, complain
from hbfp_hw.helpers.files import naming

COMMANDS = {
    "gemm": "compute Y = C + X·W with the golden model, the cycle model, or RTL in a simulator",
    "generate": "write the Verilog of a unit or a named configuration, its description and its "
    "lint waivers (core: also a C header and a page of its registers)",
    "units": "list units and named configurations with latency and streams",
    "test": "run the cocotb regression of the generated Verilog against the golden model",
    "cosim": "compare the compiled Verilog of a unit with the golden model on millions of vectors",
    "area": "measure area with Yosys: transistors (also per MAC, and compared with FP32 and BF16), "
    "standard cells, logic depth",
    "ppa": "measure power, performance and area at a clock, on the cells of a library with wires: "
    "throughput per area, energy per MAC, both compared with FP32 and BF16",
    "fit": "place and route for an FPGA with nextpnr: lookup tables, flip-flops, memories, clock, "
    "MACs per second",
    "density": "compute the paper's analytic models of arithmetic density (area compared with FP32 "
    "and BF16): tables and plot",
    "report": "measure area and density, and write a page with tables and plots",
    "workload": "compute what training a network costs on an array: products, formats, cycles, "
    "speed-up",
    "train": "train a network in HBFP with one or more schedules, and compare their accuracy",
    "explore": "study tensors, loss landscapes and layers of networks that train in HBFP",
    "sweep": "run commands for every combination of the listed parameter values",
    "cache": "show or prune the cache of builds, measurements, runs and data sets",
}
"""Commands in the order of ``hbfp --help``, each with its summary.

The options of ``NAME`` are in ``hbfp_hw.cli.arguments.NAME``, its implementation is in
``hbfp_hw.cli.commands.NAME``.
"""

SIMILAR = 0.7
"""Least similarity, from 0 to 1, at which an error suggests an option for an unknown one."""


class Parser(argparse.ArgumentParser):
    """A parser that reports an error in one line, and refuses unknown words itself."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._advice(unknown[0])}")
        return options, unknown

    def _advice(self, word: str) -> str:
        if self._subparsers is not None:
            return "; options of a command go after its name"
        near = get_close_matches(word.partition("=")[0], self._option_string_actions, 1, SIMILAR)
        return f": did you mean {near[0]}?" if near else ""

    def _print_message(self, message: str, file: IO[str] | None = None) -> None:  # type: ignore[override]
        # argparse itself would ignore a full disk.
        with naming(STANDARD_OUTPUT):
            (file or sys.stdout).write(message)
            (file or sys.stdout).flush()

    def error(self, message: str) -> NoReturn:
        complain(f"{self.prog}: {message} (see {self.prog} --help)")
        raise SystemExit(2)


class CommandParser(Parser):
    """The parser of one command, empty until :meth:`complete` is called or it parses.

    Parameters:
        command: Name of the command.
        options: Options of argparse's parser.
    """

    def __init__(self, command: str, **options: Any):
        super().__init__(**options)
        self._command = command
        self._complete = False

    def complete(self) -> None:
        """Add the arguments of the command, unless they are there already."""
        if self._complete:
            return
        self._complete = True
        arguments = import_module(f"hbfp_hw.cli.arguments.{self._command}")
        self.epilog = "examples:\n" + "\n".join(f"  {example}" for example in arguments.EXAMPLES)
        self.add_argument(
            "--json", action="store_true", help="print one JSON object, and nothing else, on stdout"
        )
        arguments.add_arguments(self)
        self.set_defaults(command=self._command)

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        self.complete()
        return super().parse_known_args(args, namespace)


def make_parser() -> Parser:
    """Return the parser of the whole command line."""
    parser, _ = _make_parsers()
    return parser


def command_parsers() -> dict[str, CommandParser]:
    """Return a complete parser of each command, by name."""
    _, parsers = _make_parsers()
    for parser in parsers.values():
        parser.complete()
    return parsers


def _make_parsers() -> tuple[Parser, dict[str, CommandParser]]:
    parser = Parser(
        prog="hbfp",
        description="Hybrid block floating point in hardware: bit-accurate models and Verilog.",
        epilog="examples:\n"
        "  hbfp units\n"
        "  hbfp gemm X.npy W.npy --mantissa-bits 4 --block-size 64 -o Y.npy\n"
        "  hbfp generate dot_engine --mantissa-bits 4 --block-size 16 -o out\n"
        "  hbfp gemm --help\n\n"
        "Exit code: 0 on success, 1 if a check or a tool fails, 2 on bad input.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=PrintVersion, help="print the version")
    parser.add_argument(
        "--print-completion",
        action=PrintCompletion,
        choices=SHELLS,
        help="print the script that completes commands and options in a shell",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=CommandParser)
    for name, summary in COMMANDS.items():
        commands.add_parser(
            name,
            command=name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    return parser, dict(commands.choices)


class PrintVersion(argparse.Action):
    """Print the version, and end the program as ``--help`` does.

    argparse's own action needs the version when the parser is made. Looking it up would double the
    time of making the parser.
    """

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None):  # noqa: A002
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from hbfp_hw import __version__

        parser._print_message(f"hbfp_hw {__version__}\n")
        parser.exit()
