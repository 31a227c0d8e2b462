"""Help texts: the parser accepts the examples, and defaults and ranges are those of the code."""

import os
import re
import shlex

import pytest

from hbfp_hw.cli.parser import command_parsers, make_parser
from hbfp_hw.engine import MAX_LINES, Engine, Variant
from hbfp_hw.rtl.core import Core

PARSERS = command_parsers()

ENGINE = {"variant": Variant.MIXED, "rows": 2, "columns": 2, "block_size": 4}


def examples(parser):
    """Return the commands of a help text, without comments."""
    text = re.sub(r" \\\n +", " ", parser.format_help())
    _, _, listed = text.partition("examples:\n")
    return re.findall(r"^  (hbfp .*?)(?:  .*)?$", listed, re.MULTILINE)


@pytest.mark.parametrize("command", PARSERS)
def test_examples(command):
    found = examples(PARSERS[command])
    assert found
    for example in found:
        program, name, *arguments = shlex.split(example)
        assert (program, name) == ("hbfp", command)
        make_parser().parse_args([name, *arguments])


def test_examples_of_the_program():
    found = examples(make_parser())
    assert len(found) > 2
    for example in found:
        arguments = shlex.split(example)[1:]
        if "--help" not in arguments:
            make_parser().parse_args(arguments)


@pytest.mark.parametrize("command", PARSERS)
def test_defaults_are_named(command):
    """The help of an option names its default in parentheses."""
    for action in PARSERS[command]._actions:
        if isinstance(action.default, str | int | float) and action.default not in (True, False):
            if str(action.default).startswith("=="):  # argparse's own
                continue
            if action.default == os.cpu_count() and "number of processors" in action.help:
                continue
            given = f"{action.default:g}" if isinstance(action.default, float) else action.default
            written = re.findall(r"\(([^()]*)\)", action.help or "")
            assert any(str(given) in text for text in written), (command, action.dest, action.help)


def accepted(make, option, value):
    try:
        make(**{option: value})
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("option", "make"),
    [
        ("rows", lambda **given: Engine(**ENGINE | given)),
        ("depth", lambda **given: Engine(**ENGINE | given)),
        ("panel_tiles", lambda **given: Engine(**ENGINE | given)),
        ("queue", lambda **given: Core(Engine(**ENGINE), **given)),
        ("layers", lambda **given: Core(Engine(**ENGINE), **given)),
    ],
)
@pytest.mark.parametrize("command", ["gemm", "generate", "cosim"])
def test_ranges_are_those_that_are_accepted(command, option, make):
    texts = {action.dest: action.help for action in PARSERS[command]._actions}
    if option not in texts:
        assert command == "gemm"
        return
    low, high = map(int, re.search(r"(\d+) to (\d+)", texts[option]).groups())
    step = 2 if "power of two" in texts[option] else 1
    below, above = (low // 2, high * 2) if step == 2 else (low - 1, high + 1)
    assert accepted(make, option, low)
    assert accepted(make, option, high)
    if (option, below) != ("panel_tiles", 0):  # stands for an engine's default
        assert not accepted(make, option, below)
    assert not accepted(make, option, above)
    assert option != "rows" or high == MAX_LINES
