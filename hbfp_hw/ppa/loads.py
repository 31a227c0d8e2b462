"""Capacitive loads of the nets of a netlist."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.ppa.netlist import Netlist

OUTPUT_LOAD = 0.005
"""Default load of an output port in pF, about two inputs of small gates."""


def net_loads(
    netlist: Netlist,
    *,
    wires: Mapping[int, float] | None = None,
    output_load: float = OUTPUT_LOAD,
) -> NDArray[np.float64]:
    """Return the load of each net in pF: input pins that it reaches, wire and output ports.

    Parameters:
        netlist: The netlist. Clock pins of flops load the clock's net like all other pins.
        wires: Capacitance of the wire of a net in pF; a net that is left out has no wire.
        output_load: Load in pF of each bit of an output port.

    Raises:
        ValueError: A capacitance is negative, or a wire belongs to no net.
    """
    if not output_load >= 0.0:
        raise ValueError(f"Load of an output port must be at least 0 pF, not {output_load!r}")
    loads = [0.0] * netlist.nets
    for gate in netlist.gates:
        pins = gate.cell.inputs
        for pin, net in gate.inputs.items():
            loads[net] += pins[pin].capacitance
    for nets in netlist.outputs.values():
        for net in nets:
            loads[net] += output_load
    for net, capacitance in (wires or {}).items():
        if not 0 <= net < netlist.nets:
            raise ValueError(f"Wire must belong to one of {netlist.nets} nets, not to net {net!r}")
        if not capacitance >= 0.0:
            raise ValueError(f"Capacitance of a wire must be at least 0 pF, not {capacitance!r}")
        loads[net] += capacitance
    return np.array(loads)
