"""``hbfp units``: all units and named configurations."""

import argparse

from hbfp_hw.cli.output import report
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.options import BaselineOptions, FormatOptions, MixedOptions
from hbfp_hw.generation.registry import UNITS, units_with
from hbfp_hw.generation.verilog import describe


def run(options: argparse.Namespace) -> int:
    """Print units and configurations."""
    configurations = {name: describe(make()) for name, make in CATALOG.items()}
    result = {
        "units": {name: {"summary": entry.summary} for name, entry in UNITS.items()},
        "configurations": {
            name: description.to_json() for name, description in configurations.items()
        },
    }
    lines = ["Units (hbfp generate UNIT --mantissa-bits M --block-size N):"]
    lines += [f"  {unit.name:12} {unit.summary}" for unit in units_with(FormatOptions)]
    lines += ["", "Units in 4 and 6 bits (hbfp generate UNIT --block-size N [--rows R --cols C]):"]
    lines += [f"  {unit.name:12} {unit.summary}" for unit in units_with(MixedOptions)]
    lines += ["", "Units in other number formats (hbfp generate UNIT [--lanes N]):"]
    lines += [f"  {unit.name:12} {unit.summary}" for unit in units_with(BaselineOptions)]
    lines += ["", "Named configurations (hbfp generate CONFIG), with latency and streams:"]
    for name, description in configurations.items():
        streams = ", ".join(
            f"{key} {'<-' if stream.direction == 'in' else '->'} {stream.payload_bits} bits"
            for key, stream in description.streams.items()
        )
        lines.append(f"  {name:24} {description.name:36} {description.latency}  {streams}")
    report(options, result, lines)
    return 0
