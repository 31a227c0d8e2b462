"""Timing constraints in SDC format: the clock, and the delays at the ports."""

import dataclasses
import math

from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.generation.design import Design

SHARE = 0.3
"""Share of a clock period for the logic outside, before an input and after an output."""

VIRTUAL = "virtual"
"""Virtual clock for the ports of a design without a clock."""


def with_constraints(design: Design, clock_mhz: float) -> Design:
    """Return the design with a ``.sdc`` file among its files.

    Parameters:
        clock_mhz: Clock frequency in MHz.

    Raises:
        ValueError: The frequency is not positive and finite.
    """
    if not (clock_mhz > 0 and math.isfinite(clock_mhz)):
        raise ValueError(f"Clock must be more than 0 MHz, not {clock_mhz!r}")
    text = constraints(design.description, clock_mhz)
    return dataclasses.replace(design, other_files={**design.other_files, ".sdc": text})


def constraints(description: DesignDescription, clock_mhz: float) -> str:
    """Return the constraints of a design as SDC text."""
    period = 1000 / clock_mhz
    port = description.clock
    clock = VIRTUAL if port is None else port
    lines = [
        f"# {description.name} at {clock_mhz:g} MHz; times in ns.",
        f"create_clock -name {clock} -period {period:.3f}"
        + ("" if port is None else f" [get_ports {{{port}}}]"),
    ]
    for direction, command in (("in", "set_input_delay"), ("out", "set_output_delay")):
        ports = " ".join(
            each.name if each.width == 1 else f"{each.name}[*]"
            for each in description.ports
            if each.direction == direction and each.name != port
        )
        for limit, delay in (("max", SHARE * period), ("min", 0.0)):
            lines.append(f"{command} -{limit} {delay:.3f} -clock {clock} [get_ports {{{ports}}}]")
    return "\n".join(lines) + "\n"
