"""Names of figures: all names in results are known, and others are not."""

import json
import re

import pytest

from hbfp_hw.explore.distances import FIGURES as OF_TENSORS
from hbfp_hw.sweep.figures import KNOWN, SHOWN, flatten, is_known
from hbfp_hw.sweep.spec import COMMANDS
from tests.cli.conftest import hbfp
from tests.schemas import SCHEMAS

__all__ = ["hbfp"]

FILES = {"output", "saved", "plot"}
"""Figures that name files; a sweep has none."""


def _leaves(schema, node, prefix=""):
    """Yield the names of a schema's figures, with ``x`` for a name that the schema leaves open."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    more = node.get("additionalProperties")
    if "properties" in node:
        for name, part in node["properties"].items():
            yield from _leaves(schema, part, f"{prefix}.{name}" if prefix else name)
    elif isinstance(more, dict) or more is True:
        yield f"{prefix}.x"
    elif "array" not in node.get("type", ""):
        yield prefix


@pytest.mark.parametrize("command", ["gemm", "area", "cosim"])
def test_every_figure_of_the_schema_is_known(command):
    schema = SCHEMAS[command]
    names = set(_leaves(schema, schema)) - FILES
    if command == "area":
        names |= set(_leaves(schema, schema["$defs"]["result"]))
    assert len(names) > 10
    assert [name for name in sorted(names) if not is_known(command, name)] == []
    # Conversely, the schema has every known name; a pattern stands for itself.
    given = {re.sub(r"\*$", "x", name) for name in KNOWN[command]}
    assert sorted(given - names) == []


def test_every_figure_of_a_result_is_known(hbfp):
    workload = ("workload", "resnet20", "--rows", 4, "--cols", 4, "--json")
    for command in (("density", "--json"), workload):
        result = json.loads(hbfp(*command).out)
        names = flatten(command[0], result)
        assert len(names) > 20
        assert [name for name in names if not is_known(command[0], name)] == []


def test_figures_of_tensors():
    names = [
        f"last.{tensor}.{name}" for tensor in ("input", "weight", "gradient") for name in OF_TENSORS
    ]
    assert [name for name in names if not is_known("explore", name)] == []
    assert set(names) <= set(KNOWN["explore"])


def test_the_usual_figures_are_known():
    assert KNOWN.keys() == set(COMMANDS)
    for command, names in SHOWN.items():
        assert all(is_known(command, name) for name in names)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "name", ["", "cycels", "seconds ", "Cycles", "run.cycels", "*", "cycles.x"]
)
def test_others_are_not(command, name):
    assert not is_known(command, name)
