"""The 4-lane HBFP4 dot product in RTL, on every pair of blocks that there is."""

import os
from pathlib import Path

import numpy as np

from hbfp_hw.design import Design
from hbfp_hw.format import HBFPFormat
from hbfp_hw.rtl import Dot
from hbfp_hw.sim.dot_tests import SHORT_WALK_BITS
from hbfp_hw.simulate.process import run_process
from hbfp_hw.simulate.suite import CASES
from hbfp_hw.simulate.verilate import build_program
from hbfp_hw.verilog import generate

FORMAT = HBFPFormat(4, 4)
MANTISSAS = np.arange(-FORMAT.max_mantissa, FORMAT.max_mantissa + 1)
COMBINATIONS = 15**8
WALK = Path(__file__).with_name("dot_walk.cpp")
SECONDS = 600.0
"""Limit of the walk, which takes about 20 s of processor time."""

SIDE_BY_SIDE = """
module dot_walk(input [{input_top}:0] i [{copies}], output [{output_top}:0] o [{copies}]);
  for (genvar k = 0; k < {copies}; ++k)
    {dot} dot(.i__payload(i[k]), .i__valid(1'b1), .i__ready(),
              .o__payload(o[k]), .o__valid(), .o__ready(1'b1));
endmodule
"""


def _copies(dot: Design) -> Design:
    """The design as it is, instantiated once for every value of a mantissa."""
    streams = dot.description["streams"]
    wrapper = SIDE_BY_SIDE.format(
        dot=dot.name,
        copies=len(MANTISSAS),
        input_top=streams["i"]["payload_bits"] - 1,
        output_top=streams["o"]["payload_bits"] - 1,
    )
    control = dot.control.replace(dot.name, "dot_walk")
    return Design("dot_walk", dot.verilog + wrapper, dot.description, control)


def _walk(dot: Design, folder: Path) -> tuple[int, str]:
    """Exit status and output of the walk on all processors."""
    log = folder / "walk.log"
    program = build_program(_copies(dot), "walk", WALK.read_text())
    workers = str(len(os.sched_getaffinity(0)))
    status = run_process([program, workers], cwd=folder, log=log, timeout=SECONDS, check=False)
    return status, log.read_text()


def test_every_pair_of_blocks(tmp_path):
    status, output = _walk(generate(Dot(FORMAT, pipeline=0)), tmp_path)
    assert status == 0, output
    counts = np.array(output.split(), np.int64)
    print(f"{counts.sum():,} pairs of blocks")
    assert counts.sum() == COMBINATIONS == 2_562_890_625
    # How often each sum must occur follows from one lane's products.
    products = np.multiply.outer(MANTISSAS, MANTISSAS).ravel()
    once = np.bincount(products - products.min())
    assert products.min() == -products.max()
    twice = np.convolve(once, once)
    assert np.array_equal(counts, np.convolve(twice, twice))


def test_the_walk_finds_a_design_that_is_wrong(tmp_path):
    dot = generate(Dot(FORMAT, pipeline=0))
    wrong = dot.verilog.replace("[7], i__payload[3] }", "[7], i__payload[2] }")
    assert wrong != dot.verilog
    status, output = _walk(Design(dot.name, wrong, dot.description, dot.control), tmp_path)
    assert status == 1
    assert output.startswith("wrong: payload "), output


def test_regression_walks_every_lane_product():
    """On both simulators; the test itself asserts that no pair of mantissas is left out."""
    walked = {
        (case.options.a.mantissa_bits, case.options.b.mantissa_bits)
        for case in CASES.values()
        if case.unit == "dot"
        and case.options.a.mantissa_bits + case.options.b.mantissa_bits <= SHORT_WALK_BITS
    }
    assert {(4, 4), (6, 4)} <= walked
