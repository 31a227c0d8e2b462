"""Dot product with planted faults, which the value of an extra port selects."""

import dataclasses
import re

from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl import Dot

PORT = "mutsel"
WRONG_SIGN, DEADLOCK, DROPS, BREAKS_DOWN = 1, 2, 3, 4


def dot() -> Design:
    """Return a small dot product."""
    return cached_design(Dot(HBFPFormat(4, 4, 6)))


def replace(design: Design, old: str, new: str) -> Design:
    """Return the design with one place of its Verilog changed."""
    assert design.verilog.count(old) == 1, old
    return dataclasses.replace(design, verilog=design.verilog.replace(old, new))


def faulty_dot() -> Design:
    """Return the dot product with the port :data:`PORT`, whose value selects a fault.

    0 is no fault. The others are a wrong sign if the exponents add up to 5, an output lost after
    the sum 50, inputs dropped while the output stalls, and a crash of the simulator.
    """
    design = dot()
    top = re.search(rf"module {design.name}\((.*?)\);", design.verilog)
    assert top
    design = replace(
        design,
        top.group(0),
        f"module {design.name}({top.group(1)}, {PORT});\n  input [2:0] {PORT};",
    )
    design = replace(
        design,
        r"assign i__ready = \i__ready.$not  | o__ready;",
        rf"assign i__ready = {PORT} == {DROPS} | \i__ready.$not  | o__ready;"
        f"\n  always @(posedge clk) if ({PORT} == {BREAKS_DOWN} & ~rst) $fatal;",
    )
    design = replace(
        design,
        r"\o__valid.$next  = i__valid;",
        r"\o__valid.$next  = i__valid"
        f" & ~({PORT} == {DEADLOCK} & o__valid & o__payload[8:0] == 50);",
    )
    sums = re.search(r"assign o__payload\[8:0\] = (.*);", design.verilog)
    assert sums
    wrong = f"{PORT} == {WRONG_SIGN} & o__payload[15:9] == 5"
    return replace(
        design,
        sums.group(0),
        f"assign o__payload[8:0] = ({wrong}) ? -({sums.group(1)}) : {sums.group(1)};",
    )
