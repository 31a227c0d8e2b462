"""Circuits of cells for ngspice: transistors, their diffusions, and wires."""

import pytest

from hbfp_hw.ppa.characterise.circuit import parse_circuit
from hbfp_hw.ppa.characterise.wires import union_size, wire_capacitances

NAND = """\
* a comment
.subckt nand2 A B VGND VNB VPB VPWR Y
X0 Y A VPWR VPB p_pfet w=1e+06u l=150000u
X1 VPWR B Y VPB p_pfet w=1e+06u l=150000u
X2 VGND B mid VNB n_nfet w=650000u
+ l=150000u
X3 mid A Y VNB n_nfet w=650000u l=150000u
.ends
"""

LEF = """\
MACRO nand2
  SIZE 1.38 BY 2.72 ;
  PIN A
    DIRECTION INPUT ;
    PORT
      LAYER li1 ;
        RECT 0.0 0.0 1.0 0.5 ;
    END
  END A
  PIN VGND
    PORT
      LAYER met1 ;
        RECT 0 0 9 1 ;
    END
  END VGND
  OBS
    LAYER li1 ;
      RECT 0 0 2 1 ;
      RECT 1 0 3 1 ;
    LAYER mcon ;
      RECT 0 0 5 5 ;
    LAYER met1 ;
      RECT -1.0 0 1.0 1.0 ;
  END
END nand2
"""


def test_diffusions_are_shared_by_two_transistors_that_meet():
    circuit = parse_circuit(NAND)
    assert circuit.pins == ("A", "B", "Y")
    lines = circuit.lines()
    # Both pMOS have half of a diffusion of 0.27 µm at Y, the nMOS a whole one of 0.26 µm; two nMOS
    # share one of 0.21 µm without a contact.
    assert lines[0] == (
        "m0 Y A vdd vdd p_pfet__model w=1u l=0.15u ad=0.1350p pd=1.2700u as=0.1350p ps=1.2700u"
    )
    assert lines[3] == (
        "m3 mid A Y 0 n_nfet__model w=0.65u l=0.15u ad=0.0683p pd=0.8600u as=0.1690p ps=1.8200u"
    )


@pytest.mark.parametrize(
    ("rectangles", "size"),
    [
        ([], (0, 0)),
        ([(0, 0, 2, 1)], (2, 6)),
        ([(0, 0, 2, 1), (1, 0, 3, 1)], (3, 8)),  # they overlap
        ([(0, 0, 2, 1), (2, 0, 3, 1), (0, 1, 1, 2)], (4, 10)),  # they touch
        ([(0, 0, 1, 1), (5, 5, 6, 6)], (2, 8)),
    ],
)
def test_outline_of_rectangles(rectangles, size):
    assert union_size(rectangles) == size


def test_wires_of_pins_and_of_inner_nets():
    """Two inner nets, of two terminals and of one, share the shapes without a net."""
    text = NAND.replace("X1 VPWR B Y", "X1 VPWR in Y").replace("VGND B mid", "end in mid")
    wires = wire_capacitances(parse_circuit(text), LEF)
    li1, met1 = (0.0369, 0.0561), (0.0258, 0.0723)
    strips = {"p": (1.25 - 1) * 0.1337, "n": (1.25 - 0.65) * 0.1337}  # 0.106 x 0.15 + 2 x 0.0589
    shared = li1[0] * 3 + li1[1] * 8 + met1[0] * 2 + met1[1] * 6
    assert wires == pytest.approx(
        {
            "A": strips["p"] + strips["n"] + li1[0] * 0.5 + li1[1] * 3,
            "in": strips["p"] + strips["n"] + shared * 2 / 3,
            "end": shared / 3,
        }
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("R1 a b 5\n", r"^Netlist of a cell must be one \.subckt$"),
        (
            ".subckt x A VGND\nR1 a b 5 6 7 8\n.ends\n",
            r"^Netlist of a cell must have transistors alone, not 'R1 a b 5 6 7 8'$",
        ),
    ],
)
def test_netlist_of_something_else(text, message):
    with pytest.raises(ValueError, match=message):
        parse_circuit(text)
