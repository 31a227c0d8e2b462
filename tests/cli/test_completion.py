"""Completion in a shell, and ``python -m hbfp_hw``."""

import subprocess
import sys

import pytest

from hbfp_hw import __version__
from hbfp_hw.cli.completion import SHELLS
from hbfp_hw.cli.parser import command_parsers
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.registry import UNITS

COMPLETE = """
source {script}
COMP_WORDS=({words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
$(complete -p hbfp | sed -E 's/.*-F ([^ ]+) .*/\\1/') hbfp "${{COMP_WORDS[COMP_CWORD]}}" ""
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def complete(hbfp, folder):
    """Return a function that gives the completions of Bash for the last of some words."""
    (folder / "script").write_text(hbfp("--print-completion", "bash").out)

    def ask(*words):
        quoted = " ".join(f"'{word}'" for word in words)
        code = COMPLETE.format(script=folder / "script", words=quoted)
        ended = subprocess.run(
            ["bash", "--norc", "-c", code], capture_output=True, text=True, timeout=60
        )
        assert ended.stderr == ""
        return set(ended.stdout.split())

    return ask


def test_bash(complete, folder):
    commands = command_parsers()
    assert complete("hbfp", "") == set(commands)
    assert complete("hbfp", "ge") == {"gemm", "generate"}
    for command, parser in commands.items():
        options = {o for a in parser._actions for o in a.option_strings if o.startswith("--")}
        assert complete("hbfp", command, "--") == options
    names = {*UNITS, *CATALOG}
    for command in ("generate", "area", "cosim", "fit"):
        assert complete("hbfp", command, "hbfp4") == {n for n in names if n.startswith("hbfp4")}
    assert complete("hbfp", "gemm", "--engine", "") == {"golden", "cycle", "rtl"}
    assert complete("hbfp", "cache", "pr") == {"prune"}
    assert {"X.npy", "W.npy"} <= complete("hbfp", "gemm", "")
    (folder / "results").mkdir()
    assert complete("hbfp", "generate", "dot", "-o", "re") == {"results"}


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell(hbfp, shell):
    ended = hbfp("--print-completion", shell)
    assert (ended.status, ended.err) == (0, "")
    assert "mantissa-bits" in ended.out
    assert "core_8x8_mixed_n16" in ended.out or shell == "tcsh"


def test_other_shells(hbfp):
    ended = hbfp("--print-completion", "fish")
    assert (ended.status, ended.out) == (2, "")
    assert "argument --print-completion: invalid choice: 'fish'" in ended.err


def test_as_a_module():
    ended = subprocess.run(
        [sys.executable, "-m", "hbfp_hw", "--version"], capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"hbfp_hw {__version__}\n", "")
    ended = subprocess.run(
        [sys.executable, "-m", "hbfp_hw", "generate", "adder"], capture_output=True, text=True
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("hbfp: Unit or configuration must be one that `hbfp units` li")
