"""The command line: ``hbfp COMMAND``."""

import argparse
import contextlib
import os
import sys
import warnings
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from amaranth.hdl import UnusedElaboratable

from hbfp_hw import __version__
from hbfp_hw.cli import (
    area,
    cache,
    cosim,
    density,
    explore,
    fit,
    gemm,
    generate,
    regression,
    report,
    sweep,
    train,
    units,
    workload,
)
from hbfp_hw.cli.completion import SHELLS, PrintCompletion
from hbfp_hw.cli.output import STANDARD_OUTPUT, BadInput, complain
from hbfp_hw.cli.signals import Terminated, signals_raise
from hbfp_hw.cli.terminal import degrading_output
from hbfp_hw.generation.verilog import GenerationError
from hbfp_hw.helpers.cache import CacheError
from hbfp_hw.helpers.files import naming, read_end
from hbfp_hw.helpers.processes import SHOW_LOGS
from hbfp_hw.simulate import SimulatorMissing, ToolError

COMMANDS = (
    gemm,
    generate,
    units,
    regression,
    cosim,
    area,
    fit,
    density,
    report,
    workload,
    train,
    explore,
    sweep,
    cache,
)


LOG_BYTES = 1 << 16
"""Bytes of a log that are printed."""

SIMILAR = 0.7
"""How alike a word and the option that may be meant must be."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line; words that it does not know are its own to refuse."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._advice(unknown[0])}")
        return options, unknown

    def _advice(self, word: str) -> str:
        if self._subparsers is not None:
            return "; options of a command stand behind its name"
        near = get_close_matches(word.partition("=")[0], self._option_string_actions, 1, SIMILAR)
        return f": did you mean {near[0]}?" if near else ""

    def _print_message(self, message: str, file: Any = None) -> None:
        # argparse itself would say nothing of a full disk.
        with naming(STANDARD_OUTPUT):
            (file or sys.stdout).write(message)
            (file or sys.stdout).flush()

    def error(self, message: str) -> NoReturn:
        complain(f"{self.prog}: {message} (see {self.prog} --help)")
        raise SystemExit(2)


def make_parser() -> Parser:
    """The parser of the whole command line."""
    parser = Parser(
        prog="hbfp",
        description="Hybrid block floating point in hardware: bit-accurate models and Verilog.",
        epilog="examples:\n"
        "  hbfp units\n"
        "  hbfp gemm X.npy W.npy --mantissa-bits 4 --block-size 64 -o Y.npy\n"
        "  hbfp generate dot_engine --mantissa-bits 4 --block-size 16 -o out\n"
        "  hbfp gemm --help\n\n"
        "Exit code: 0 when everything checked holds, 1 when not, 2 on bad input.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"hbfp_hw {__version__}")
    parser.add_argument(
        "--print-completion",
        action=PrintCompletion,
        choices=SHELLS,
        help="print the script that completes commands and options in a shell",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for command in COMMANDS:
        command.add_parser(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # Units are also made to be described, or remain unbuilt when writing an earlier one failed.
    warnings.simplefilter("ignore", UnusedElaboratable)
    with degrading_output():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        with signals_raise():
            options = make_parser().parse_args(arguments)
            return options.run(options)
    except (BadInput, CacheError) as error:
        complain(f"hbfp: {error}")
        return 2
    except (SimulatorMissing, ToolError, GenerationError) as error:
        if isinstance(error, ToolError) and error.log is not None and SHOW_LOGS in os.environ:
            _show_log(error.log)
        complain(f"hbfp: {error}")
        return 1
    except BrokenPipeError:
        # The reader closed the pipe, as `head` does: exit quietly.
        _drop_output()
        return 1
    except OSError as error:
        complain(f"hbfp: {error}")
        _drop_output()
        return 1
    except MemoryError as error:
        complain(f"hbfp: not enough memory: {error}")
        return 1
    except KeyboardInterrupt:
        complain("hbfp: interrupted")
        return 130
    except Terminated as error:
        complain("hbfp: terminated")
        return 128 + error.number


def _show_log(log: Path) -> None:
    """Print the name and the end of a failed tool's log on standard error, if it can be read."""
    with contextlib.suppress(OSError):
        print(f"{log}:\n{read_end(log, LOG_BYTES)}", file=sys.stderr)


def _drop_output() -> None:
    """Give up standard output, which Python would else try to write once more when it ends."""
    with contextlib.suppress(OSError), open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
