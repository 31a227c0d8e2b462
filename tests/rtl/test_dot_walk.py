"""The 4-lane HBFP4 dot product in RTL, exhaustively for all pairs of blocks.

Yosys turns the emitted Verilog into a graph of AND gates and inverters. C++ evaluates it with
one bit per pair in every word, so that one processor checks 10**9 pairs in a second or two.
"""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.area.yosys import run_yosys
from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.helpers.processes import exit_status
from hbfp_hw.rtl import Dot
from hbfp_hw.sim.dot_tests import SHORT_WALK_BITS
from hbfp_hw.sim.suite import CASES
from hbfp_hw.simulate.toolchain import find_verilator
from tests.formal.aiger import Graph
from tests.formal.equivalence import TO_GRAPH

FORMAT = HBFPFormat(4, 4)
MANTISSAS = np.arange(-FORMAT.max_mantissa, FORMAT.max_mantissa + 1)
COMBINATIONS = 15**8
WALK = Path(__file__).with_name("dot_walk.cpp")
SECONDS = 600.0
"""Time limit of the walk, which takes a few seconds of processor time."""


def _gates(dot: Design, folder: Path) -> str:
    """Return C++ that computes the output payload from the input payload, bit by bit."""
    (folder / "design.v").write_text(dot.verilog)
    commands = "read_verilog design.v\n" + TO_GRAPH.format(top=dot.name)
    run_yosys(commands, folder, folder / "yosys.log", timeout=SECONDS)
    graph = Graph.read(folder / f"{dot.name}.aig")
    streams = dot.description.streams
    places = {f"i__payload[{bit}]": f"i[{bit}]" for bit in range(streams["i"].payload_bits)}
    words = ["Word{}", *(places.get(name, "Word{}") for name in graph.inputs)]

    def word(literal: int) -> str:
        return f"~{words[literal >> 1]}" if literal & 1 else words[literal >> 1]

    lines = []
    for number, (left, right) in enumerate(graph.gates):
        lines.append(f"  const Word g{number} = {word(left)} & {word(right)};")
        words.append(f"g{number}")
    symbols = re.findall(r"^o(\d+) (\S+)$", graph.symbols.decode(), re.MULTILINE)
    literals = {name: graph.outputs[int(number)] for number, name in symbols}
    ends = [literals[f"o__payload[{bit}]"] for bit in range(streams["o"].payload_bits)]
    lines += [f"  o[{bit}] = {word(end)};" for bit, end in enumerate(ends)]
    return (
        f"constexpr int INPUTS = {len(places)}, OUTPUTS = {len(ends)};\n"
        "inline void evaluate(const Word* i, Word* o) {\n" + "\n".join(lines) + "\n}\n"
    )


def _walk(dot: Design, folder: Path) -> tuple[int, str]:
    """Run the walk on all processors. Return its exit status and output."""
    log, program = folder / "walk.log", folder / "walk"
    (folder / "gates.h").write_text(_gates(dot, folder))
    build = [
        find_verilator().compiler,
        "-std=c++17",
        "-O2",
        "-Wno-psabi",
        "-I.",
        WALK,
        "-o",
        program,
        "-pthread",
    ]
    exit_status(build, cwd=folder, log=folder / "build.log", timeout=SECONDS)
    workers = str(len(os.sched_getaffinity(0)))
    status = exit_status([program, workers], cwd=folder, log=log, timeout=SECONDS)
    return status, log.read_text()


@pytest.mark.full
def test_every_pair_of_blocks(tmp_path):
    status, output = _walk(cached_design(Dot(FORMAT, pipeline=0)), tmp_path)
    assert status == 0, output
    counts = np.array(output.split(), np.int64)
    print(f"{counts.sum():,} pairs of blocks")
    assert counts.sum() == COMBINATIONS == 2_562_890_625
    # The products of one lane determine how often each sum must occur.
    products = np.multiply.outer(MANTISSAS, MANTISSAS).ravel()
    once = np.bincount(products - products.min())
    assert products.min() == -products.max()
    twice = np.convolve(once, once)
    assert np.array_equal(counts, np.convolve(twice, twice))


def test_the_walk_finds_a_design_that_is_wrong(tmp_path):
    dot = cached_design(Dot(FORMAT, pipeline=0))
    wrong = dot.verilog.replace("[7], i__payload[3] }", "[7], i__payload[2] }")
    assert wrong != dot.verilog
    status, output = _walk(Design(dot.name, wrong, dot.description, dot.control), tmp_path)
    assert status == 1
    assert output.startswith("wrong: pairs "), output


def test_regression_walks_every_lane_product():
    """The regression has both widths; its test asserts that no pair of mantissas is left out."""
    walked = {
        (case.options.a.mantissa_bits, case.options.b.mantissa_bits)
        for case in CASES.values()
        if case.unit == "dot"
        and case.options.a.mantissa_bits + case.options.b.mantissa_bits <= SHORT_WALK_BITS
    }
    assert {(4, 4), (6, 4)} <= walked
