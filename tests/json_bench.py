"""A test bench that knows a design by the text of its ``.json`` alone.

Names, offsets, encodings, codes and delays are used as docs/schema/design.json explains them;
nothing comes from the package's own code of payloads.
"""

import json
import subprocess

import numpy as np

from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.verilog import write
from hbfp_hw.simulate.toolchain import find_icarus


def encode(field, value):
    """Bits of one value of a field."""
    width, encoding = field["width"], field["encoding"]
    if encoding == "code":
        return field["codes"][value]
    if encoding == "fp32":
        return int(np.float32(value).view(np.uint32))
    if encoding == "sign_magnitude":
        assert abs(value) < 1 << (width - 1)
        return abs(value) | (value < 0) << (width - 1)
    if encoding == "twos_complement":
        assert -(1 << (width - 1)) <= value < 1 << (width - 1)
        return value % (1 << width)
    assert encoding == "unsigned"
    assert 0 <= value < 1 << width
    return int(value)


def pack_word(fields, values):
    """One payload, of the value or values of every field."""
    assert set(values) == {field["name"] for field in fields}
    word = 0
    for field in fields:
        given = values[field["name"]]
        given = given if isinstance(given, list) else [given]
        assert len(given) == field["count"]
        for number, value in enumerate(given):
            word |= encode(field, value) << (field["offset"] + number * field["width"])
    return word


def unpack_word(fields, word):
    """The bits of every field's values, lists by the names of the fields."""
    return {
        field["name"]: [
            word >> (field["offset"] + number * field["width"]) & ((1 << field["width"]) - 1)
            for number in range(field["count"])
        ]
        for field in fields
    }


def simulate(folder, unit, body):
    """Lines that a bench around a design prints in Icarus."""
    verilog, sidecar, _ = write(cached_design(unit), folder)
    description = json.loads(sidecar.read_text())
    bench = folder / "bench.v"
    bench.write_text(body(description))
    program = folder / "bench"
    icarus = find_icarus()
    subprocess.run([icarus.iverilog, "-o", program, bench, verilog], check=True, timeout=120)
    run = subprocess.run(
        [icarus.vvp, "-n", program], check=True, timeout=120, capture_output=True, text=True
    )
    return description, [line.split() for line in run.stdout.splitlines() if line[:1] == "="]


def declarations(description):
    """Signals named as the ports, and the design that they are connected to."""
    lines = []
    for port in description["ports"]:
        kind = "reg" if port["direction"] == "in" else "wire"
        first = " = 1" if port["name"] == "rst" else " = 0" if kind == "reg" else ""
        lines.append(f"  {kind} [{port['width'] - 1}:0] {port['name']}{first};")
    names = ", ".join(f".{port['name']}({port['name']})" for port in description["ports"])
    return "\n".join([*lines, f"  {description['name']} dut ({names});", "  always #5 clk = ~clk;"])


SENDER = """
  reg [{top}:0] {stream}_items [0:{last}];
  integer {stream}_at = 0;
  initial begin
{items}
  end
  always @(posedge clk) #1 if (!rst) begin
    {stream}__valid = {stream}_at < {count};
    if ({stream}__valid) {stream}__payload = {stream}_items[{stream}_at];
  end
  always @(negedge clk) if (!rst && {stream}__valid && {stream}__ready)
    {stream}_at = {stream}_at + 1;
"""
"""Sends the items of a stream, each as soon as the one before was taken."""
