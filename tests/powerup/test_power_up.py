"""Every unit works from power-up on, in every version of the language and with every reset."""

import re
from dataclasses import replace

import pytest

from hbfp_hw.fusesoc.bench import Reset
from hbfp_hw.generation.registry import UNITS
from tests.powerup.designs import LANGUAGES, OPTIONS, check_bench, design_of, run_bench

LARGE = ("gemm", "core")
SYSTEM_VERILOG = LANGUAGES[2:]
TRIGGER = re.compile(r"reg (\S+ );\n  initial \1 <= 0;")


def test_every_unit_has_a_design():
    assert OPTIONS.keys() == UNITS.keys()


@pytest.mark.full(but=["convert", "accumulate", "pe", "bf16_mac"])
@pytest.mark.parametrize("unit", UNITS)
def test_units(unit, tmp_path):
    """The initial value of its declaration asserts the reset, without an event."""
    design = design_of(unit)
    check_bench(tmp_path, design, Reset.DECLARED, "2012")


@pytest.mark.full
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", UNITS)
def test_every_reset(unit, language, tmp_path):
    design = design_of(unit)
    for reset in Reset:
        check_bench(tmp_path, design, reset, language)


@pytest.mark.full
@pytest.mark.parametrize("unit", LARGE)
def test_trigger_in_a_declaration(unit, tmp_path):
    """Unless its trigger changes at time 0, SystemVerilog does not evaluate a block there."""
    design = design_of(unit)
    text, count = TRIGGER.subn(r"reg \1 = 0;", design.verilog)
    assert count > 5
    broken = replace(design, verilog=text)
    check_bench(tmp_path, broken, Reset.DECLARED, "2005")
    for language in SYSTEM_VERILOG:
        status, output = run_bench(tmp_path, broken, Reset.DECLARED, language)
        assert status == 1, language
        assert "unknown bit" in output or "too few results" in output
