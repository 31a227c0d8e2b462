"""Nets of emitted Verilog have names, ports come in order, and nothing but names changes."""

import re
from collections import Counter
from pathlib import Path

import pytest

from hbfp_hw.engine import Engine, Variant
from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation import yosys
from hbfp_hw.generation.net_names import by_number, named
from hbfp_hw.generation.verilog import generate
from hbfp_hw.rtl import GEMM, MAC, Array
from hbfp_hw.rtl.unit import Unit

RTL_OUT = Path(__file__).resolve().parents[2] / "rtl_out"
CATALOG_GEMM = RTL_OUT / "hbfp_gemm_4x4_mixed_n64_e10_d32.v"

DECLARATION = r"^  (?:wire|reg) (?:\[\d+:0\] )?(\\\S+ |\w+)[^;]*;"
INSTANCE = r"^  (\\\S+ |\w+) ?(?:\\\S+ |\w+) ?\($"
CONNECTED = re.compile(r"^    \.(?:\\\S+ |\w+)", re.MULTILINE)
UNNAMED = re.compile(r"\\\$|_\d+_$|port\$\d")
MOST_UNNAMED = 0.01
"""Largest fraction of nets without a name; the requirement is a fifth."""


def small_gemm() -> GEMM:
    return GEMM(Engine(Variant.MIXED, 2, 3, 4, depth=2, panel_tiles=2))


def nets(verilog: str, top: str) -> tuple[int, int]:
    """Return the number of nets that a viewer shows for a design, and of those without a name."""
    modules = dict(
        re.findall(r"^module (\S+) ?\((.*?)^endmodule$", verilog, re.MULTILINE | re.DOTALL)
    )

    def count(name: str) -> Counter[bool]:
        found = re.findall(DECLARATION, modules[name], re.MULTILINE)
        counts = Counter(bool(UNNAMED.match(net)) for net in found)
        for part in re.findall(INSTANCE, modules[name], re.MULTILINE):
            counts += count(part.strip())
        return counts

    counts = count(top)
    return counts.total(), counts[True]


def unchanged(monkeypatch: pytest.MonkeyPatch, unit: Unit) -> str:
    """Return the Verilog of a unit with the net names that Yosys gives."""
    with monkeypatch.context() as patch:
        patch.setattr(yosys, "named", lambda text: text)
        return generate(unit).verilog


def test_nets_of_a_small_engine(monkeypatch):
    design = generate(small_gemm())
    total, unnamed = nets(design.verilog, design.name)
    assert unnamed <= MOST_UNNAMED * total
    before, unnamed_before = nets(unchanged(monkeypatch, small_gemm()), design.name)
    assert before == total
    assert unnamed_before > 0.3 * total


def test_nets_of_the_catalogued_engine():
    total, unnamed = nets(CATALOG_GEMM.read_text(), CATALOG_GEMM.stem)
    print(f"{unnamed} of {total} nets have no name")
    assert total > 20_000
    assert unnamed <= MOST_UNNAMED * total


@pytest.mark.full(but=["mac"])
@pytest.mark.parametrize("make", [small_gemm, lambda: MAC(HBFPFormat(4, 6))], ids=["gemm", "mac"])
def test_only_names_change(make, monkeypatch):
    """Names correspond one to one within a module, and all other text is the same."""
    after = generate(make()).verilog
    before = unchanged(monkeypatch, make())
    pairs = zip(before.split("endmodule\n"), after.split("endmodule\n"), strict=True)
    for old, new in pairs:
        # The order of ports may differ, in the first line and the declarations: compare the rest.
        # Names of other modules' ports are not compared: each module has its own new names.
        bodies = [CONNECTED.sub("", text.partition("  assign")[2]) for text in (old, new)]
        tokens = [re.findall(r"\\\S+ |[\w$]+|\S", body) for body in bodies]
        names = dict(zip(*tokens, strict=True))
        assert len(set(names.values())) == len(names)
        assert all(a == b for a, b in names.items() if not a.startswith(("\\", "_")))
        assert [names[token] for token in tokens[0]] == tokens[1]


def test_ports_count_in_order():
    verilog = generate(Array(Variant.MIXED, 12, 1, 1)).verilog
    header = re.search(r"^module .*?;", verilog, re.MULTILINE | re.DOTALL)[0]
    assert re.findall(r"a__\d+", header) == [f"a__{row}" for row in range(12)]
    declared = re.findall(r"^  input \[\d+:0\] (a__\d+);", verilog, re.MULTILINE)
    assert declared == [f"a__{row}" for row in range(12)]
    assert sorted(["x_10", "x_2", "w"], key=by_number) == ["w", "x_2", "x_10"]


def test_names_say_what_a_net_is_for():
    text = r"""module top(a, b, y);
  wire \$1 ;
  wire \$2 ;
  wire \$3 ;
  reg \$4 ;
  wire \$5 ;
  input a;
  wire a;
  reg x = 1'h0;
  assign \$1  = a & b;
  assign \$2  = ~ \$1 ;
  assign \$3  = \$2  == 1'h1;
  assign y = \$3 ;
  assign \$5  = a | b;
  always @* begin
    \$4  = x;
    if (a) begin
      \$4  = b;
    end
  end
  always @(posedge clk)
    x <= \$4 ;
endmodule
"""
    names = {"1": r"\y.$and ", "2": r"\y.$not ", "3": r"\y.$compare ", "4": r"\x.$next "}
    names["5"] = r"\unused.$or "
    assert named(text) == re.sub(r"\\\$(\d) ", lambda found: names[found[1]], text)
