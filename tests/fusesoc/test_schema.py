"""The JSON schema in docs/schema accepts all descriptions of designs, and rejects wrong ones."""

import copy
import json
from pathlib import Path

import pytest

from tests.schemas import SCHEMAS, validator

ROOT = Path(__file__).resolve().parents[2]
DESIGNS = sorted((ROOT / "rtl_out").glob("*.json"))
VALIDATOR = validator("design")


def test_every_design():
    assert len(DESIGNS) > 40
    for path in DESIGNS:
        description = json.loads(path.read_text())
        assert not list(VALIDATOR.iter_errors(description)), path.name


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["latency"], -1),
        (["name"], "Dot"),
        (["unknown"], 1),
        (["ports", 0, "direction"], "inout"),
        (["ports", 0, "width"], 0),
        (["streams", "i", "fields", 0, "signed"], None),
        (["streams", "i", "fields", 0, "encoding"], "fp64"),
        (["parameters", "mantissa_bits"], [4]),
    ],
)
def test_other_forms(path, value):
    description = json.loads((ROOT / "rtl_out/hbfp_dot_m4_n64_e10.json").read_text())
    changed = copy.deepcopy(description)
    *outer, last = path
    place = changed
    for key in outer:
        place = place[key]
    place[last] = value
    (error,) = VALIDATOR.iter_errors(changed)
    assert list(error.absolute_path) == (path if path != ["unknown"] else [])


def test_only_codes_have_names():
    description = json.loads((ROOT / "rtl_out/hbfp_dot_m4_n64_e10.json").read_text())
    description["streams"]["i"]["fields"][0]["codes"] = {"nearest": 0}
    assert not VALIDATOR.is_valid(description)


@pytest.mark.parametrize(
    ("name", "path", "key"),
    [
        ("hbfp_array_4x4_mixed_n64_e10", ["ports", 2], "fields"),
        ("hbfp_array_4x4_mixed_n64_e10", ["ports", 2], "delay"),
        ("hbfp_array_4x4_mixed_n64_e10", ["ports", 2], "row_delay"),
        ("hbfp_convert_m4_n64_e10", ["streams", "i", "fields", 3], "codes"),
        ("hbfp_convert_m4_n64_e10", ["streams", "i", "fields", 0], "encoding"),
    ],
)
def test_what_is_missing_from_a_port_or_a_field(name, path, key):
    place = description = json.loads((ROOT / f"rtl_out/{name}.json").read_text())
    for step in path:
        place = place[step]
    del place[key]
    assert not VALIDATOR.is_valid(description)


@pytest.mark.parametrize("key", SCHEMAS["design"]["required"])
def test_what_is_missing(key):
    description = json.loads((ROOT / "rtl_out/hbfp_dot_m4_n64_e10.json").read_text())
    del description[key]
    assert not VALIDATOR.is_valid(description)
