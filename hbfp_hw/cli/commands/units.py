"""``hbfp units``: what can be generated."""

import argparse

from hbfp_hw.cli.output import report
from hbfp_hw.generation.catalog import (
    BASELINE_UNITS,
    CATALOG,
    FORMAT_UNITS,
    MIXED_UNITS,
    SUMMARIES,
    UNITS,
)
from hbfp_hw.generation.verilog import describe


def run(options: argparse.Namespace) -> int:
    """List everything."""
    configurations = {name: describe(make()) for name, make in CATALOG.items()}
    result = {
        "units": {unit: {"summary": SUMMARIES[unit]} for unit in UNITS},
        "configurations": {
            name: description.to_json() for name, description in configurations.items()
        },
    }
    lines = ["Units (hbfp generate UNIT --mantissa-bits M --block-size N):"]
    lines += [f"  {unit:12} {SUMMARIES[unit]}" for unit in FORMAT_UNITS]
    lines += ["", "Units in 4 and 6 bits (hbfp generate UNIT --block-size N [--rows R --cols C]):"]
    lines += [f"  {unit:12} {SUMMARIES[unit]}" for unit in MIXED_UNITS]
    lines += ["", "Units in other number formats (hbfp generate UNIT [--lanes N]):"]
    lines += [f"  {unit:12} {SUMMARIES[unit]}" for unit in BASELINE_UNITS]
    lines += ["", "Named configurations (hbfp generate CONFIG), with latency and streams:"]
    for name, description in configurations.items():
        streams = ", ".join(
            f"{key} {'<-' if stream.direction == 'in' else '->'} {stream.payload_bits} bits"
            for key, stream in description.streams.items()
        )
        lines.append(f"  {name:24} {description.name:36} {description.latency}  {streams}")
    report(options, result, lines)
    return 0
