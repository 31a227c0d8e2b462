"""The registry: complete entries, and units of a user."""

import dataclasses
from importlib import import_module
from importlib.util import find_spec

import pytest

from hbfp_hw.generation.options import BaselineOptions
from hbfp_hw.generation.registry import UNITS, make_unit, register, units_with
from hbfp_hw.generation.unit_entry import RegressionCase
from hbfp_hw.sim.suite import CASES


@pytest.fixture
def entry():
    """An entry of a new name without cases."""
    return dataclasses.replace(UNITS["int8_mac"], name="own", cases={})


@pytest.fixture(autouse=True)
def _restored(monkeypatch):
    monkeypatch.setattr("hbfp_hw.generation.registry.UNITS", UNITS.copy())


@pytest.mark.parametrize("unit", UNITS)
def test_what_an_entry_names_exists(unit):
    entry = UNITS[unit]
    assert entry.name == unit
    assert find_spec(entry.tests) is not None
    module, _, name = entry.vectors.partition(":")
    assert hasattr(import_module(module), name)
    fields = {field.name for field in dataclasses.fields(entry.options)} | {"mantissa_bits"}
    assert set(entry.needed) <= fields | {"block_size"}
    assert entry.cases.items() <= CASES.items()


def test_cases_make_units_of_their_name():
    for case in CASES.values():
        assert make_unit(case.unit, case.options).unit == case.unit


def test_a_registered_unit_is_found(entry):
    register(entry)
    assert make_unit("own", BaselineOptions()).unit == "int8_mac"
    assert entry in units_with(BaselineOptions)


def test_a_name_is_given_once():
    with pytest.raises(ValueError, match=r"^Unit must have a new name, not 'dot'$"):
        register(UNITS["dot"])


def test_cases_are_of_their_unit(entry):
    case = RegressionCase("dot", BaselineOptions(), 1)
    with pytest.raises(ValueError, match=r"^Case 'x' must be of unit 'own', not 'dot'$"):
        register(dataclasses.replace(entry, cases={"x": case}))


def test_unknown_unit():
    with pytest.raises(ValueError, match=r"^Unit must be one of convert, dot, .*, not 'own'$"):
        make_unit("own", BaselineOptions())
