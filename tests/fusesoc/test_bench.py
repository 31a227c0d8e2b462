"""The test bench finds units with wrong results or violations of the stream protocol."""

import subprocess

import numpy as np
import pytest

from hbfp_hw.fusesoc.bench import Reset, bench_verilog
from hbfp_hw.fusesoc.channels import Access, Channel, Traffic
from hbfp_hw.generation.description import DesignDescription, Port
from tests.powerup.designs import LANGUAGES

DESCRIPTION = DesignDescription("unit_under_test", "own", ports=[Port("clk", "in", 1)])
UNIT = """
module unit_under_test(
  input clk, input rst, input [39:0] i__payload, input i__valid, output i__ready,
  output [39:0] o__payload, output o__valid, input o__ready
);
  reg [39:0] kept; reg full; reg [39:0] cycle = 0;
  always @(posedge clk) begin
    cycle <= cycle + 1;
    if (i__ready) kept <= TAKEN;
    full <= rst ? 0 : i__ready ? i__valid : full;
  end
  assign i__ready = READY;
  assign o__valid = VALID;
  assign o__payload = PAYLOAD;
endmodule
"""
RIGHT = {"TAKEN": "i__payload", "READY": "!full || o__ready", "VALID": "full", "PAYLOAD": "~kept"}
COUNT = 200


def words(numbers):
    return np.array([[number & 0xFFFFFFFF, number >> 32] for number in numbers], np.uint32)


def traffic(results=COUNT, unknown=0):
    """Return random payloads and the inverted results; bits in ``unknown`` are unknown in both."""
    rng = np.random.default_rng(1)
    given = [int(value) for value in rng.integers(0, 1 << 40, COUNT)]
    wanted = [~value & ((1 << 40) - 1) for value in given][:results]
    hidden = words([unknown] * COUNT)
    return Traffic(
        [
            Channel(
                "i", False, (("i__payload", 40),), "i__valid", "i__ready", words(given), hidden
            ),
            Channel(
                "o",
                True,
                (("o__payload", 40),),
                "o__valid",
                "o__ready",
                words(wanted),
                hidden[:results],
            ),
        ]
    )


def run(folder, changes, given, reset=Reset.DECLARED, language="2012"):
    """Return exit status and output of the bench of a unit with changes."""
    unit = UNIT
    for name, text in (RIGHT | changes).items():
        unit = unit.replace(name, text)
    (folder / "unit.v").write_text(unit + bench_verilog(DESCRIPTION, given, "bench", reset))
    subprocess.run(
        ["iverilog", f"-g{language}", "-s", "bench", "-o", "bench", "unit.v"],
        cwd=folder,
        check=True,
        timeout=60,
    )
    ended = subprocess.run(
        ["vvp", "-n", "bench"], cwd=folder, capture_output=True, text=True, timeout=60
    )
    return ended.returncode, ended.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "bench: 200 results, passed"),
        ({"PAYLOAD": "kept"}, "result 0 is "),
        ({"PAYLOAD": "cycle"}, "result 0 is "),
        ({"PAYLOAD": "o__ready ? ~kept : cycle"}, "a payload was not held"),
        ({"VALID": "full && (o__ready || cycle[0])"}, "a payload was not held"),
        ({"READY": "1'b1"}, "a payload was not held"),
        ({"READY": "full ? o__ready : 1'bx"}, "an unknown bit: ready of an input"),
        ({"PAYLOAD": "o__ready ? ~kept : 40'bx"}, "an unknown bit"),
        ({"PAYLOAD": "{~kept[39:1], 1'bz}"}, "an unknown bit"),
        ({"VALID": "full && !o__ready ? 1'bx : full"}, "an unknown bit"),
        ({"VALID": "1'bz"}, "an unknown bit"),
        ({"VALID": "1'b0"}, "too few results"),
        ({"TAKEN": "i__payload ^ (i__ready & full)"}, "result "),
        ({"TAKEN": "i__payload ^ (cycle == 50)"}, "result "),
    ],
)
def test_units(tmp_path, change, said):
    status, output = run(tmp_path, change, traffic())
    assert said in output
    assert (status == 0) == ("passed" in said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_resets(tmp_path, language):
    """Each sequence resets the unit: one whose register starts full is right only after reset."""
    for reset in Reset:
        for start, right in (("0", True), ("1", reset is not Reset.NEVER)):
            change = {"reg full": f"reg full = {start}"}
            status, output = run(tmp_path, change, traffic(), reset, language)
            assert (status == 0) is right, (reset, start, output)


def test_unknown_bits(tmp_path):
    """Unknown bits of inputs reach the unit; unknown bits of results are not compared."""
    given = traffic(unknown=1 << 39)
    assert run(tmp_path, {}, given) == (0, "bench: 200 results, passed\n")
    wrong = {"PAYLOAD": "{kept[39], ~kept[38:1], kept[0]}"}
    assert "result 0 is " in run(tmp_path, wrong, given)[1]
    # The input is unknown where the result would be compared.
    inputs, outputs = given.channels[0], traffic().channels[1]
    assert "an unknown bit" in run(tmp_path, {}, Traffic([inputs, outputs]))[1]


def test_results_that_are_too_many(tmp_path):
    assert "too many results" in run(tmp_path, {}, traffic(results=150))[1]


REGISTERS = """
module registers(
  input aclk, input aresetn, output irq,
  input [12:0] s_axil_awaddr, input [2:0] s_axil_awprot, input s_axil_awvalid,
  output s_axil_awready, input [31:0] s_axil_wdata, input [3:0] s_axil_wstrb,
  input s_axil_wvalid, output s_axil_wready,
  output [1:0] s_axil_bresp, output reg s_axil_bvalid = 0, input s_axil_bready,
  input [12:0] s_axil_araddr, input [2:0] s_axil_arprot, input s_axil_arvalid,
  output s_axil_arready, output [31:0] s_axil_rdata, output [1:0] s_axil_rresp,
  output reg s_axil_rvalid = 0, input s_axil_rready,
  input [7:0] i_data, input i_valid, output i_ready,
  output [7:0] o_data, output o_valid, input o_ready
);
  reg [31:0] kept = 0;
  wire both = s_axil_awvalid && s_axil_wvalid && !s_axil_bvalid;
  assign s_axil_awready = both, s_axil_wready = both, s_axil_arready = !s_axil_rvalid;
  assign s_axil_bresp = BRESP, s_axil_rresp = 0, s_axil_rdata = kept + MORE, irq = IRQ;
  assign o_data = i_data, o_valid = i_valid, i_ready = o_ready;
  always @(posedge aclk)
    if (!aresetn) begin kept <= 0; s_axil_bvalid <= 0; s_axil_rvalid <= 0; end
    else begin
      if (both && s_axil_awaddr == 13'h40) kept <= s_axil_wdata;
      s_axil_bvalid <= both || (s_axil_bvalid && !s_axil_bready);
      s_axil_rvalid <= (s_axil_arvalid && s_axil_arready) || (s_axil_rvalid && !s_axil_rready);
    end
endmodule
"""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "bench: 3 results, passed"),
        ({"MORE": "1"}, "read 0 of 0040 is 00000001, not 00000000"),
        ({"13'h40": "13'h44"}, "read 3 of 0040 is 00000000, not 00000005"),
        ({"BRESP": "2'd2"}, "write 1 was refused"),
        ({"IRQ": "1'b0"}, "the interrupt is not 1"),
        ({"IRQ": "kept == 5 ? 1'bx : 1'b0"}, "an unknown bit at the registers"),
        ({"s_axil_rvalid && !s_axil_rready)": "1'bx)"}, "an unknown bit at the registers"),
        ({"both ||": ""}, "too few results"),
    ],
)
def test_registers(tmp_path, change, said):
    """Faults on the register bus of a design whose reset is active low."""
    text = REGISTERS
    for name, new in ({"BRESP": "2'd0", "MORE": "0", "IRQ": "kept == 5"} | change).items():
        assert name in text
        text = text.replace(name, new)
    names = ["aclk", "aresetn", "irq", *(f"i_{part}" for part in ("data", "valid", "ready"))]
    widths = {"awaddr": 13, "araddr": 13, "wdata": 32, "rdata": 32, "bresp": 2, "rresp": 2}
    for channel in ("aw", "w", "b", "ar", "r"):
        widths |= {f"{channel}valid": 1, f"{channel}ready": 1}
    ports = [Port(name, "in", 1) for name in names]
    ports += [Port(f"s_axil_{name}", "in", width) for name, width in widths.items()]
    values, none = np.array([[1], [2], [3]], np.uint32), np.zeros((3, 1), np.uint32)
    given = Traffic(
        [
            Channel("i", False, (("i_data", 8),), "i_valid", "i_ready", values, none),
            Channel("o", True, (("o_data", 8),), "o_valid", "o_ready", values, none),
        ],
        [
            Access("read", 0x40, 0),
            Access("write", 0x40, 5),
            Access("wait"),
            Access("read", 0x40, 5),
            Access("interrupt", value=1),
        ],
    )
    description = DesignDescription("registers", "own", ports=ports)
    bench = bench_verilog(description, given, "bench", Reset.LATE)
    (tmp_path / "unit.v").write_text(text + bench)
    command = ["iverilog", "-g2005", "-s", "bench", "-o", "bench", "unit.v"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    ended = subprocess.run(
        ["vvp", "-n", "bench"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert said in ended.stdout
    assert (ended.returncode == 0) == ("passed" in said)
