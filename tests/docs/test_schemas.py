"""Every command's output has a schema. Tests that run commands check their output by it.

The fixture ``hbfp`` in ``tests/cli/conftest.py`` checks everything printed with ``--json``.
"""

import json

import pytest
from jsonschema import Draft202012Validator

from hbfp_hw.area.fpga import RESOURCES
from hbfp_hw.cli.parser import COMMANDS
from tests.docs.pages import ROOT
from tests.schemas import SCHEMAS, check_output, validator

PRODUCT = {
    "engine": "cycle",
    "shape": {"M": 5, "K": 7, "P": 3},
    "mantissa_bits": [4, 6],
    "block_size": 4,
    "exponent_bits": 10,
    "rounding": "nearest",
    "seed": 0,
    "macs": 105,
    "cycles": 34,
    "seconds": 0.1,
}


def test_every_command_has_one():
    assert set(SCHEMAS) == {*COMMANDS, "design"}
    page = (ROOT / "docs" / "schemas.md").read_text()
    for name, schema in SCHEMAS.items():
        Draft202012Validator.check_schema(schema)
        assert f"(schema/{name}.json)" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, None),
        ({"cycles": None}, None),
        ({"cycles": "many"}, r"\$.cycles: 'many' is not of type 'integer', 'null'"),
        ({"unknown": 1}, r"\$: Additional properties are not allowed"),
        ({"mantissa_bits": [4]}, r"\$.mantissa_bits: \[4\] is too short"),
        ({"variant": "mixed"}, r"\$: 'rows' is a dependency of 'variant'"),
        ({"mismatches": -1}, r"\$.mismatches: -1 is less than the minimum"),
    ],
)
def test_outputs(change, said):
    text = json.dumps(PRODUCT | change)
    if said is None:
        check_output("gemm", text)
    else:
        with pytest.raises(AssertionError, match=f"^gemm: {said}"):
            check_output("gemm", text)


@pytest.mark.parametrize("key", SCHEMAS["gemm"]["required"])
def test_what_is_missing(key):
    rest = {name: value for name, value in PRODUCT.items() if name != key}
    assert not validator("gemm").is_valid(rest)


@pytest.mark.parametrize("family", RESOURCES)
def test_resources_of_every_fpga_family(family):
    """The schema has the resources of all families, as tests of ``hbfp area`` measure only one."""
    schema = SCHEMAS["area"]["$defs"]["result"]["properties"]["fpga"]
    found = dict.fromkeys(RESOURCES[family], 1) | {"family": family, "cells": {}, "log": "x.log"}
    assert not list(Draft202012Validator(schema).iter_errors(found))
    assert list(Draft202012Validator(schema).iter_errors(found | {"unknown": 1}))
