"""The register map and everything made from it: page, C header, description."""

import json
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from hbfp_hw.booster.mode import Mode
from hbfp_hw.booster.roles import Pass
from hbfp_hw.core.page import page
from hbfp_hw.core.register import Access
from hbfp_hw.core.registers import ADDRESS_BITS, DESCRIPTOR, REGISTERS, WORD_BYTES
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.format import Rounding
from hbfp_hw.generation.verilog import describe
from hbfp_hw.rtl.core import Core

DOCS = Path(__file__).resolve().parents[2] / "docs"
CORE = Core(Engine(Variant.MIXED, 2, 3, 4), layers=10)


def test_registers_lie_apart_in_the_order_of_their_addresses():
    ends = [(r.address, r.address + WORD_BYTES * r.count) for r in REGISTERS.values()]
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))
    assert ends[-1][1] <= 1 << ADDRESS_BITS
    assert all(start % WORD_BYTES == 0 for start, _ in ends)


def test_fields_lie_apart_and_are_named_once():
    for register in REGISTERS.values():
        ends = [(field.offset, field.offset + field.width) for field in register.fields]
        assert all(end <= start for (_, end), (start, _) in pairwise(ends)), register.name
        assert not ends or ends[-1][1] <= 32
        assert len({field.name for field in register.fields}) == len(register.fields)
    assert {register.access for register in REGISTERS.values()} == set(Access)
    assert all(REGISTERS[name].access is Access.READ_WRITE for name in DESCRIPTOR)


def test_words_and_fields():
    mode = REGISTERS["mode"]
    fields = {"word": 11, "accumulate": 1, "from_table": 0, "product": 2, "layer": 513}
    word = mode.pack(**fields)
    assert word == 11 | 1 << 4 | 2 << 6 | 513 << 16
    assert mode.unpack(word) == fields
    assert mode.unpack(0xFFFFFFFF) == {
        "word": 15,
        "accumulate": 1,
        "from_table": 1,
        "product": 3,
        "layer": 65535,
    }


def test_modes_are_those_of_the_schedule():
    """Check the mode word, and the order of the products of a layer."""
    word = REGISTERS["mode"].field("word")
    assert word.width == Mode(Rounding.TRUNCATE, True, True).word.bit_length()
    assert [field.name for field in REGISTERS["layer_mode"].fields] == [p.value for p in Pass]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"word": 16}, "Field 'word' of register 'mode' must be 0 to 15, not 16"),
        ({"layer": -1}, "Field 'layer' of register 'mode' must be 0 to 65535, not -1"),
        (
            {"wide": 1},
            "Field of register 'mode' must be one of word, accumulate, from_table, product, layer, "
            "not 'wide'",
        ),
    ],
)
def test_wrong_fields(values, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        REGISTERS["mode"].pack(**values)


def test_page_is_current():
    assert (DOCS / "registers.md").read_text() == page()


def test_description_has_the_map():
    described = json.loads(json.dumps(describe(CORE).to_json()))
    assert [r["name"] for r in described["registers"]] == list(REGISTERS)
    names = [port["name"] for port in described["ports"]]
    assert names[:2] == ["aclk", "aresetn"]
    assert names[-1] == "irq"
    assert {bus["prefix"] for bus in described["interfaces"]} == {
        *("s_axil", "s_axis_x", "s_axis_w", "s_axis_c", "m_axis_y")
    }
    for bus in described["interfaces"]:
        assert any(name.startswith(bus["prefix"] + "_") for name in names)


def test_header_says_what_the_table_says(tmp_path):
    """A C compiler accepts the header without a warning, and reads the values of the table."""
    (tmp_path / "core.h").write_text(CORE.other_files()[".h"])
    words = [f"HBFP_REG_{n.upper()}{'(0)' if r.count > 1 else ''}" for n, r in REGISTERS.items()]
    words += ["HBFP_REG_LAYER_MODE(3)", "HBFP_REG_ERROR_C_KEEP_MASK", "HBFP_REG_MODE_LAYER_SHIFT"]
    words += ["HBFP_CORE_COLUMNS", "HBFP_CORE_LAYERS", "HBFP_CORE_IDENTIFICATION"]
    prints = "".join(f'    printf("%u\\n", (unsigned)({word}));\n' for word in words)
    program = f'#include <stdio.h>\n#include "core.h"\nint main(void) {{\n{prints}return 0;\n}}\n'
    (tmp_path / "main.c").write_text(program)
    command = [
        shutil.which("cc"),
        "-Wall",
        "-Wextra",
        "-Werror",
        "-pedantic",
        "main.c",
        "-o",
        "main",
    ]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    shown = subprocess.run([tmp_path / "main"], capture_output=True, check=True, timeout=10)
    expected = [register.address for register in REGISTERS.values()]
    expected += [0x100C, 1 << 26, 16, 3, 10, int.from_bytes(b"HBFP", "big")]
    assert [int(line) for line in shown.stdout.split()] == expected
