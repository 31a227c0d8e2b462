"""Amaranth's Yosys inside this process; the tests of the catalog check its Verilog."""

import tempfile

import pytest
import wasmtime

from hbfp_hw.generation import yosys
from hbfp_hw.generation.yosys import YosysError, to_verilog

WIRE = "module \\wire\n  wire width 3 input 1 \\a\n  wire width 3 output 2 \\y\n{}end\n"


def test_a_design_becomes_verilog():
    text = to_verilog(WIRE.format("  connect \\y \\a\n"))
    assert "assign y = a;" in text
    assert text.endswith("endmodule\n")


def test_a_bad_design_is_refused():
    with pytest.raises(YosysError, match=r"^ERROR: .*wire \\z not found$"):
        to_verilog(WIRE.format("  connect \\y \\z\n"))
    assert to_verilog(WIRE.format("")).endswith("endmodule\n")  # nothing is left of the error


def test_no_room_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(YosysError, match="No such file or directory"):
        to_verilog(WIRE.format(""))


def test_no_place_for_the_cache_of_the_program(monkeypatch):
    """The program loads without wasmtime's cache; a compilation would take seconds."""
    monkeypatch.setenv("HOME", "/dev/null")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(wasmtime, "Module", lambda engine, program: len(program))
    *_, size = yosys._load.__wrapped__()
    assert size > 1_000_000
    with pytest.raises(wasmtime.WasmtimeError, match="cache directory"):
        wasmtime.Config().cache = True
