"""The test bench finds units that break the rules of streams."""

import subprocess

import pytest

from hbfp_hw.fusesoc.bench import bench_verilog

STREAM = {"direction": "in", "payload_bits": 40, "fields": []}
DESCRIPTION = {
    "name": "unit_under_test",
    "ports": [{"name": "clk", "direction": "in", "width": 1}],
    "streams": {"i": STREAM, "o": STREAM | {"direction": "out"}},
}
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


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "bench: 200 results, passed"),
        ({"PAYLOAD": "cycle"}, "a payload was not held"),
        ({"VALID": "full && cycle[0]"}, "a payload was not held"),
        ({"READY": "1'b1"}, "a payload was not held"),
        ({"PAYLOAD": "o__ready ? kept : 40'bx"}, "an unknown bit"),
        ({"VALID": "full && !o__ready ? 1'bx : full"}, "an unknown bit"),
        ({"VALID": "1'b0"}, "too few results"),
        ({"TAKEN": "i__payload ^ cycle"}, "depends on stalls"),
    ],
)
def test_units(tmp_path, change, said):
    unit = UNIT
    for name, text in (RIGHT | change).items():
        unit = unit.replace(name, text)
    (tmp_path / "unit.sv").write_text(unit + bench_verilog(DESCRIPTION, "bench"))
    subprocess.run(
        ["iverilog", "-g2012", "-s", "bench", "-o", "bench", "unit.sv"],
        cwd=tmp_path,
        check=True,
        timeout=60,
    )
    ended = subprocess.run(
        ["vvp", "-n", "bench"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert said in ended.stdout
    assert (ended.returncode == 0) == ("passed" in said)
