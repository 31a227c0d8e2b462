"""Parts of a data path: gates of a small dot product with an addend, one of each part."""

from dataclasses import replace

import pytest

from hbfp_hw.area.breakdown import PARTS
from hbfp_hw.ppa.liberty import Cell, Input
from hbfp_hw.ppa.netlist import Gate, Netlist
from hbfp_hw.ppa.parts import parts_by_operands
from hbfp_hw.rtl.fields import Field
from tests.ppa.netlists import CELLS

GATE = Cell(
    "gate", 5.0, 0.0, {pin: Input(pin, 0.002) for pin in "AB"}, CELLS["buffer3"].outputs, "", ""
)
FLOP = Cell(
    "flop",
    20.0,
    0.0,
    {"CLK": Input("CLK", 0.002), "D": Input("D", 0.002)},
    CELLS["buffer3"].outputs,
    clock="CLK",
    data="D",
)
CLOCK = 2
A0, A1, EA, B0, B1, EB, C = range(3, 10)
FIELDS = [
    Field(name="a.mantissas", offset=0, width=1, count=2, signed=True),
    Field(name="a.exponent", offset=2, width=1, count=1, signed=True),
    Field(name="b.mantissas", offset=3, width=1, count=2, signed=True),
    Field(name="b.exponent", offset=5, width=1, count=1, signed=True),
    Field(name="c", offset=6, width=1, count=1, signed=False),
]
LINES = {  # name: inputs and output; a flop has one input
    "multiply0": (A0, B0, 10),
    "multiply1": (A1, B1, 11),
    "hold0": (10, 12),
    "hold1": (11, 13),
    "add": (12, 13, 14),
    "double": (12, 12, 21),
    "exponents": (EA, EB, 15),
    "hold_exponent": (15, 16),
    "shift": (14, 16, 17),
    "sum": (17, C, 18),
    "feed": (19, 17, 20),  # reads the register that the sum goes to
    "result": (18, 19),
    "constant": (0, 1, 22),
}


def data_path():
    gates = [
        Gate(name, FLOP, {"CLK": CLOCK, "D": nets[0]}, {"X": nets[1]})
        if len(nets) == 2
        else Gate(name, GATE, {"A": nets[0], "B": nets[1]}, {"X": nets[2]})
        for name, nets in LINES.items()
    ]
    return Netlist("path", gates, {"i": [A0, A1, EA, B0, B1, EB, C]}, {"o": [20]}, 23)


def test_each_part():
    found = parts_by_operands(data_path(), "i", FIELDS)
    flops = dict.fromkeys(("hold0", "hold1", "hold_exponent", "result"), "registers")
    assert found == flops | {
        "multiply0": "multipliers",
        "multiply1": "multipliers",
        "double": "multipliers",  # still one lane, behind a register
        "add": "tree",
        "exponents": "exponent",
        "shift": "normalise",
        "sum": "accumulate",
        "feed": "accumulate",
        "constant": "other",
    }
    assert set(found.values()) - set(PARTS) == {"registers", "other"}


def test_the_order_of_gates_does_not_matter():
    """Marks pass through registers that are listed before the gates that they reach."""
    made = data_path()
    turned = replace(made, gates=[*reversed(made.gates)])
    assert parts_by_operands(turned, "i", FIELDS) == parts_by_operands(made, "i", FIELDS)


def test_operands_of_one_value():
    """In a multiply-add of single numbers the product is the multiplier, with its exponents."""
    fields = [
        Field(name=name, offset=offset, width=width, count=1, signed=False)
        for name, offset, width in (("a", 0, 3), ("b", 3, 3), ("c", 6, 1))
    ]
    found = parts_by_operands(data_path(), "i", fields)
    assert found["multiply0"] == found["add"] == found["exponents"] == found["shift"]
    assert found["shift"] == "multipliers"
    assert found["sum"] == found["feed"] == "accumulate"


def test_a_constant_at_the_port_is_no_operand():
    made = data_path()
    constant = replace(made, inputs={"i": [A0, A1, EA, B0, B1, EB, 0]})
    found = parts_by_operands(constant, "i", FIELDS)
    assert found["constant"] == "other"
    assert found["sum"] == "normalise"


def test_bad_ports_and_fields():
    with pytest.raises(
        ValueError, match=r"^Port of the operands must be an input of path, not 'x'$"
    ):
        parts_by_operands(data_path(), "x", FIELDS)
    wide = [*FIELDS, Field(name="more", offset=7, width=1, count=1, signed=False)]
    with pytest.raises(ValueError, match=r"^Fields of i must fit its 7 bits$"):
        parts_by_operands(data_path(), "i", wide)
