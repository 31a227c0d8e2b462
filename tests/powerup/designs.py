"""Small designs of every unit, and their simulation in a plain test bench in Icarus Verilog."""

import subprocess
from dataclasses import replace
from pathlib import Path

from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat
from hbfp_hw.fusesoc.bench import Reset, bench_verilog
from hbfp_hw.fusesoc.channels import Traffic
from hbfp_hw.fusesoc.traffic import traffic_of
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.options import BaselineOptions, FormatOptions, MixedOptions
from hbfp_hw.generation.registry import make_unit
from hbfp_hw.simulate.toolchain import find_icarus

LANGUAGES = ("2001", "2005", "2005-sv", "2009", "2012")
"""Versions of the language that Icarus Verilog reads."""

NARROW, WIDE = HBFPFormat(4, 2), HBFPFormat(6, 2)
SMALL = MixedOptions(Variant.MIXED, 2, rows=2, columns=2, depth=2, panel_tiles=1)

TRANSFERS = 60

OPTIONS: dict[str, FormatOptions | MixedOptions | BaselineOptions] = {
    "convert": FormatOptions(NARROW, NARROW, pipeline=2),
    "dot": FormatOptions(WIDE, NARROW, pipeline=2),
    "fp32": FormatOptions(NARROW, NARROW),
    "accumulate": FormatOptions(NARROW, NARROW),
    "mac": FormatOptions(NARROW, NARROW, pipeline=1, sign_magnitude=True),
    "dot_engine": FormatOptions(NARROW, NARROW),
    "pe": MixedOptions(Variant.MIXED, 2),
    "array": SMALL,
    "gemm": SMALL,
    "core": replace(SMALL, bus_bits=32, layers=2),
    "fp32_mac": BaselineOptions(pipeline=1),
    "bf16_mac": BaselineOptions(pipeline=1),
    "int8_mac": BaselineOptions(pipeline=1),
}


def design_of(unit: str) -> Design:
    """Return the small design of a unit."""
    return cached_design(make_unit(unit, OPTIONS[unit]))


def traffic(design: Design) -> Traffic:
    """Return traffic as in the FuseSoC core of a design, but less of it."""
    return traffic_of(design.description, TRANSFERS)


def run_bench(folder: Path, design: Design, reset: Reset, language: str) -> tuple[int, str]:
    """Run a design's test bench without cocotb. Return its exit status and output."""
    tool = find_icarus()
    text = bench_verilog(design.description, traffic(design), "bench", reset)
    (folder / "design.v").write_text(design.verilog)
    (folder / "bench.v").write_text(text)
    command: list[str | Path] = [
        tool.iverilog,
        f"-g{language}",
        "-Wall",
        "-Wno-timescale",
        "-s",
        "bench",
    ]
    compiled = subprocess.run(
        [*command, "-o", "bench", "design.v", "bench.v"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (compiled.returncode, compiled.stdout + compiled.stderr) == (0, "")
    ended = subprocess.run(
        [tool.vvp, "-n", "bench"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    return ended.returncode, ended.stdout + ended.stderr


def check_bench(folder: Path, design: Design, reset: Reset, language: str) -> None:
    """Run a test bench, and assert that it passes."""
    count = sum(channel.count for channel in traffic(design).channels if channel.output)
    assert count > 10
    expected = 0, f"bench: {count} results, passed\n"
    assert run_bench(folder, design, reset, language) == expected, (reset, language)
