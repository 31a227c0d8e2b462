"""The command line: ``hbfp COMMAND``.

The parser imports only modules that load fast, so that ``hbfp --help`` is quick. The options of a
command (:mod:`.arguments`) and its implementation (:mod:`.commands`) are imported when it runs.
"""

import contextlib
import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from hbfp_hw.cli.output import BadInput, complain
from hbfp_hw.cli.parser import make_parser
from hbfp_hw.cli.signals import Terminated, signals_raise
from hbfp_hw.cli.terminal import degrading_output
from hbfp_hw.helpers.cache import CacheError
from hbfp_hw.helpers.files import read_end
from hbfp_hw.helpers.processes import SHOW_LOGS, ToolError

LOG_BYTES = 1 << 16
"""Bytes of a failed tool's log that are printed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters:
        arguments: Words after ``hbfp``, by default those of this process.
    """
    with degrading_output():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        with signals_raise():
            options = make_parser().parse_args(arguments)
            _allow_unused_units()
            run = import_module(f"hbfp_hw.cli.commands.{options.command}").run
            code: int = run(options)
            return code
    except (BadInput, CacheError) as error:
        complain(f"hbfp: {error}")
        return 2
    except ToolError as error:
        if error.log is not None and SHOW_LOGS in os.environ:
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


def _allow_unused_units() -> None:
    """Silence Amaranth's warning about a unit that is never built.

    Some units are only described, and others stay unbuilt when an earlier one fails.
    """
    from amaranth.hdl import UnusedElaboratable

    warnings.simplefilter("ignore", UnusedElaboratable)


def _show_log(log: Path) -> None:
    """Print the name and the end of a failed tool's log on standard error, if it can be read."""
    with contextlib.suppress(OSError):
        print(f"{log}:\n{read_end(log, LOG_BYTES)}", file=sys.stderr)


def _drop_output() -> None:
    """Discard standard output, which Python would otherwise flush again when it exits."""
    with contextlib.suppress(OSError), open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
