"""Imports: a program loads only what it needs."""

import json
import subprocess
import sys

import pytest

from hbfp_hw.cli.parser import COMMANDS

SLOW = ("amaranth.back", "wasmtime", "matplotlib", "torch", "scipy", "sklearn", "mnist1d")
"""Modules that take long to import and that most programs do not need."""

REPORT = """
import json, sys
print(json.dumps(sorted(set(sys.argv[1].split(",")) & set(sys.modules))))
"""


def loaded(code: str, names: tuple[str, ...]) -> list[str]:
    """Return those of the named modules that a program has loaded when it ends."""
    child = subprocess.run(
        [sys.executable, "-c", code + REPORT, ",".join(names)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: list[str] = json.loads(child.stdout.splitlines()[-1])
    return found


def command(line: str) -> str:
    """Return a program that runs a command line."""
    return (
        "from hbfp_hw.cli import main\n"
        f"try: main({line.split()!r})\n"
        "except SystemExit as ended: assert not ended.code, ended.code\n"
    )


@pytest.mark.parametrize("code", ["import hbfp_hw", command("--help")], ids=["package", "help"])
def test_what_is_imported_most_often_loads_nearly_nothing(code):
    assert loaded(code, ("numpy", "amaranth", "tqdm", "shtab", *SLOW)) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_loads_nothing_slow(name):
    assert loaded(command(f"{name} --help"), SLOW) == []


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("density", SLOW),
        ("cache", SLOW),
        ("workload resnet20 --batch 1 --rows 4 --cols 4", SLOW),
        ("units", SLOW),
    ],
)
def test_a_command_loads_nothing_slow_without_need(line, names):
    assert loaded(command(line), names) == []


def test_public_names():
    code = (
        "import hbfp_hw\n"
        "assert set(dir(hbfp_hw)) >= set(hbfp_hw.__all__)\n"
        "for name in hbfp_hw.__all__: getattr(hbfp_hw, name)\n"
        "try: hbfp_hw.nothing\n"
        "except AttributeError as error: print(error)\n"
        "else: raise AssertionError\n"
    )
    assert loaded(code, SLOW) == []
