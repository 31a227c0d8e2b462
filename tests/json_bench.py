"""A test bench that knows a design only by the text of its ``.json``.

It uses names, offsets, encodings, codes and delays as docs/schema/design.json explains them, and no
code of the package for payloads.
"""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import numpy as np

from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.verilog import write
from hbfp_hw.rtl import Unit
from hbfp_hw.simulate.toolchain import find_icarus

Value = str | float
"""Value of a field: a number, or the name of a code."""


class Field(TypedDict):
    """A field in a ``.json``."""

    name: str
    width: int
    count: int
    offset: int
    encoding: str
    signed: bool
    codes: NotRequired[dict[str, int]]


class Port(TypedDict):
    """A port in a ``.json``."""

    name: str
    direction: str
    width: int
    fields: NotRequired[list[Field]]
    delay: NotRequired[int]
    row_delay: NotRequired[int]


class Stream(TypedDict):
    """A stream in a ``.json``."""

    direction: str
    payload_bits: int
    fields: list[Field]


class Interface(TypedDict):
    """A bus interface in a ``.json``, by the prefix of its ports."""

    prefix: str


class Description(TypedDict):
    """Content of a ``.json``, as far as the tests read it."""

    name: str
    unit: str
    ports: list[Port]
    streams: dict[str, Stream]
    interfaces: NotRequired[list[Interface]]
    mode_word: NotRequired[list[Field]]


def encode(field: Field, value: Value) -> int:
    """Return the bits of one value of a field."""
    width, encoding = field["width"], field["encoding"]
    if encoding == "code":
        return field["codes"][str(value)]
    number = float(value)
    if encoding == "fp32":
        return int(np.float32(number).view(np.uint32))
    integer = int(number)
    assert integer == number
    if encoding == "sign_magnitude":
        assert abs(integer) < 1 << (width - 1)
        return abs(integer) | (integer < 0) << (width - 1)
    if encoding == "twos_complement":
        assert -(1 << (width - 1)) <= integer < 1 << (width - 1)
        return integer % (1 << width)
    assert encoding == "unsigned"
    assert 0 <= integer < 1 << width
    return integer


def pack_word(fields: Sequence[Field], values: Mapping[str, Value | Sequence[Value]]) -> int:
    """Return one payload, given the value or the values of every field."""
    assert set(values) == {field["name"] for field in fields}
    word = 0
    for field in fields:
        value = values[field["name"]]
        given = value if isinstance(value, list) else [value]
        assert len(given) == field["count"]
        for number, each in enumerate(given):
            word |= encode(field, each) << (field["offset"] + number * field["width"])
    return word


def unpack_word(fields: Sequence[Field], word: int) -> dict[str, list[int]]:
    """Return the bits of the values of every field, by name."""
    return {
        field["name"]: [
            word >> (field["offset"] + number * field["width"]) & ((1 << field["width"]) - 1)
            for number in range(field["count"])
        ]
        for field in fields
    }


def simulate(
    folder: Path, unit: Unit, body: Callable[[Description], str]
) -> tuple[Description, list[list[str]]]:
    """Simulate a design with Icarus in a test bench.

    Parameters:
        folder: Folder for the files.
        unit: Unit of the design.
        body: Function that returns the Verilog of the bench.

    Returns:
        The content of the design's ``.json``, and the words of each line that the bench prints
        after a ``=``.
    """
    verilog, sidecar, _ = write(cached_design(unit), folder)
    description: Description = json.loads(sidecar.read_text())
    bench = folder / "bench.v"
    bench.write_text(body(description))
    program = folder / "bench"
    icarus = find_icarus()
    subprocess.run([icarus.iverilog, "-o", program, bench, verilog], check=True, timeout=120)
    run = subprocess.run(
        [icarus.vvp, "-n", program], check=True, timeout=120, capture_output=True, text=True
    )
    return description, [line.split() for line in run.stdout.splitlines() if line[:1] == "="]


def declarations(description: Description) -> str:
    """Return Verilog with a signal for each port, the design connected to them, and a clock."""
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
"""Verilog that sends the items of a stream, each right after the transfer of the one before."""
