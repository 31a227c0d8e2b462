"""Figures of small designs, compared with figures counted by hand or from a netlist."""

import json
import re
from collections import Counter
from functools import cache as memoised
from pathlib import Path

import pytest

from hbfp_hw.area.library import load_library
from hbfp_hw.area.source import VerilogSource
from hbfp_hw.area.statistics import TRANSISTORS
from hbfp_hw.area.synthesis import synthesise
from hbfp_hw.area.yosys import SynthesisError, run_yosys
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl import FP32
from hbfp_hw.rtl.gemm import GEMM
from hbfp_hw.rtl.pe import PE

PLAIN = """\
read_verilog design.v
hierarchy -top {top}
synth -flatten -noabc
async2sync
delete t:$scopeinfo
dfflegalize -cell $_DFF_P_ 01
opt_clean
abc -g cmos4 -script "+strash;dc2;amap,-m"
opt_clean
write_json netlist.json
"""
"""Script that writes a flat netlist, in which the tests count cells themselves."""


def netlist(folder, verilog, top):
    """Return the cells of a design after the plain script."""
    (folder / "design.v").write_text(verilog)
    run_yosys(PLAIN.format(top=top), folder, folder / "log")
    return json.loads((folder / "netlist.json").read_text())["modules"][top]["cells"].values()


def longest_path(cells):
    """Return the number of gates on the longest path of a netlist between flops and ports."""
    drivers = {}
    for cell in cells:
        if "DFF" not in cell["type"]:
            (output,) = [k for k, way in cell["port_directions"].items() if way == "output"]
            inputs = [c for k, c in cell["connections"].items() if k != output]
            drivers[cell["connections"][output][0]] = [bit for bits in inputs for bit in bits]

    @memoised
    def depth(bit):
        return 1 + max(map(depth, drivers[bit])) if bit in drivers else 0

    return max(map(depth, drivers))


@pytest.mark.full
@pytest.mark.parametrize(
    "unit", [FP32(HBFPFormat(4, 64)), PE(Variant.NARROW, 4)], ids=["fp32", "pe"]
)
def test_against_the_netlist_of_the_plain_script(cache, tmp_path, unit):
    """Cells, transistors and depth agree for designs with flops and repeated modules."""
    design = cached_design(unit)
    cells = netlist(tmp_path, design.verilog, design.name)
    counted = Counter(cell["type"] for cell in cells)
    assert counted["$_DFF_P_"] > 0
    figures, _ = synthesise(VerilogSource.of_text(design.verilog, design.name), load_library())
    assert figures["cells"] == counted
    assert figures["flops"] == counted["$_DFF_P_"]
    assert figures["transistors"] == sum(TRANSISTORS[k] * n for k, n in counted.items())
    assert figures["logic_depth"] == longest_path(cells)
    assert sum(figures["breakdown"].values()) == figures["transistors"]


def test_a_design_that_can_be_counted_by_hand(measured):
    """The design has three NANDs and two flops; one flop starts from 1."""
    figures = measured(
        """
        module top(input clk, input [2:0] a, b, output reg [1:0] q, output y);
          initial q = 2'b10;
          always @(posedge clk) q <= ~(a[1:0] & b[1:0]);
          assign y = ~(a[2] & b[2]);
        endmodule
        """
    )
    assert figures["transistors"] == 3 * 4 + 2 * 16
    assert figures["cells"] == {"$_NAND_": 3, "$_DFF_P_": 2}
    assert (figures["flops"], figures["logic_depth"], figures["memory_bits"]) == (2, 1, 0)
    assert figures["library_cells"] == {"NAND2": 3, "DFF": 2}
    assert figures["area"] == pytest.approx(3 * 3.754 + 2 * 20.019, abs=1e-9)


LOGIC = """
  wire write = ~(enable & a[0]);
  wire [3:0] in = ~(a & b);
  wire [3:0] out = ~(a & c);
  wire [7:0] word = ~(d & {a, b});
  assign y = ~(found & e);
"""
"""Logic around a memory: NANDs at its enable, addresses, data in and data out."""

PORTS = "input clk, enable, input [3:0] a, b, c, input [7:0] d, e, output [7:0] y"

WITH_MEMORY = f"""
module top({PORTS});
  reg [7:0] words [0:15];
  reg [7:0] found;
  {LOGIC}
  always @(posedge clk) begin
    if (write) words[in] <= word;
    found <= words[out];
  end
endmodule
"""

WITHOUT_MEMORY = f"""
module top({PORTS}, output memory_write, output [3:0] memory_in, memory_out,
    output [7:0] memory_word, input [7:0] found);
  {LOGIC}
  assign memory_write = write;
  assign memory_in = in;
  assign memory_out = out;
  assign memory_word = word;
endmodule
"""


def test_memory_counts_in_bits_and_the_logic_around_it_in_full(measured):
    """The logic is the same with the memory outside, and no memory bit becomes a flop."""
    inside, outside = measured(WITH_MEMORY), measured(WITHOUT_MEMORY)
    assert (inside["memory_bits"], outside["memory_bits"]) == (16 * 8, 0)
    assert inside["cells"] == outside["cells"] == {"$_NAND_": 1 + 4 + 4 + 8 + 8}
    assert (inside["flops"], inside["logic_depth"]) == (0, 1)
    for figure in ("transistors", "area", "library_cells", "breakdown"):
        assert inside[figure] == outside[figure], figure


def test_memories_of_modules(measured):
    verilog = (
        WITH_MEMORY.replace("module top", "module part")
        + """
    module top(input clk, enable, input [3:0] a, b, c, input [7:0] d, e, output [15:0] y);
      part one(clk, enable, a, b, c, d, e, y[7:0]);
      part two(clk, !enable, a, b, c, d, e, y[15:8]);
    endmodule
    """
    )
    assert measured(verilog)["memory_bits"] == 2 * 16 * 8


def declared_memory_bits(verilog, top):
    """Return the bits of the memories declared in a module and below it, from the Verilog text."""
    texts = dict(
        re.findall(r"^module \\?([^ (]+) *\((.*?)^endmodule", verilog, re.MULTILINE | re.DOTALL)
    )

    def bits(module):
        own = re.findall(r"^  reg \[(\d+):0\] \S+ +\[(\d+):0\];", texts[module], re.MULTILINE)
        below = re.findall(r"^  \\?(\S+) +\S+ \($", texts[module], re.MULTILINE)
        return sum((int(w) + 1) * (int(n) + 1) for w, n in own) + sum(map(bits, below))

    return bits(top)


@pytest.mark.full
def test_memories_of_an_engine(cache):
    design = cached_design(GEMM(Engine(Variant.MIXED, 1, 1, 1, depth=16, panel_tiles=2)))
    figures, _ = synthesise(VerilogSource.of_text(design.verilog, design.name), load_library())
    assert figures["memory_bits"] == declared_memory_bits(design.verilog, design.name) > 1000
    assert figures["flops"] < 1000


@pytest.mark.parametrize(
    ("verilog", "message"),
    [
        ("module top(input a, output y); assign y = a; endmodule", "The netlist of top is empty"),
        ("module other(); endmodule", "Yosys failed"),
        ("module top(; endmodule", "Yosys failed"),
        ("module top(input a, output y); missing m(a, y); endmodule", "Yosys failed"),
        (
            "(* blackbox *) module magic(input a, output y); endmodule\n"
            "module top(input a, output y); magic m(.a(a), .y(y)); endmodule",
            "Cells of unknown type: magic",
        ),
        (
            "module top(input e, a, output reg y); always @* if (e) y = a; endmodule",
            r"Cells of unknown type: \$_",
        ),
        (
            "module top(input a, b, output y, z); wire w = ~(z & a); assign z = ~(w & b);"
            " assign y = w; endmodule",
            "Yosys found no longest path",
        ),
    ],
    ids=["empty", "no top", "syntax", "no such module", "black box", "latch", "loop"],
)
def test_designs_that_cannot_be_measured(cache, verilog, message):
    with pytest.raises(SynthesisError, match=rf"^{message}.*; see (.*\.log)$") as caught:
        synthesise(VerilogSource.of_text(verilog, "top"), load_library())
    assert Path(str(caught.value).rpartition("; see ")[2]).stat().st_size > 0
    assert not list(cache.glob("top-*.json"))
