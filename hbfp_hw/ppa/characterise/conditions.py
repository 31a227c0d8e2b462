"""Conditions of the characterisation: the corner, and the edges and loads of the measurements.

All times are in ns, capacitances in pF, voltages in V.
"""

VOLTAGE = 1.8
"""Supply voltage."""

TEMPERATURE = 25
"""Temperature in °C."""

SLEWS = (0.01, 0.03, 0.08, 0.2, 0.6)
"""Transition times of an input, from 20 % to 80 % of the supply voltage."""

LOADS = (0.0005, 0.002, 0.006, 0.02, 0.06)
"""Loads of an output of drive strength 1; others are measured with the multiple for their own."""

MIDDLE_LOAD, MIDDLE_SLEW = 2, 2
"""Places in the lists of a load and a slew that are typical."""

OTHER_LOAD = 1
"""Place of the load of outputs that are not being measured."""

CONSTRAINT_SLEWS = (0.02, 0.08, 0.4)
"""Transition times of data and clock for which setup times are measured."""

LOW, MIDDLE, HIGH = 0.2, 0.5, 0.8
"""Parts of the supply voltage between which transitions and delays are measured."""

PUSH_OUT = 0.1
"""Part by which the delay from clock to output may grow at the setup time."""


def ramp(slew: float) -> float:
    """Return the duration of a linear edge over the whole supply voltage with a transition time."""
    return slew / (HIGH - LOW)


def settling(slew: float, load: float) -> float:
    """Return a time after which every cell has settled.

    Parameters:
        slew: Transition time of the input.
        load: Load of the output, divided by the drive strength.
    """
    return 1.0 + 1.5 * ramp(slew) + 160.0 * load
