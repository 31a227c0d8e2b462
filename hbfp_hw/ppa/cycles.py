"""Simulation of a netlist without delays: the value of each net in each cycle."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.ppa.expressions import ONES, Function, Words
from hbfp_hw.ppa.netlist import ONE, ZERO, Netlist
from hbfp_hw.ppa.packing import delayed, pack, unpack, word_count

PASSES = 20
"""Passes over all cycles at once before the cycles are simulated one by one."""

Bits = NDArray[np.bool_]


@dataclass(frozen=True)
class _Group:
    """Gates of one kind that are evaluated together.

    Members:
        function: Value of the output from the values of the inputs.
        inputs: Nets at each input pin, gate by gate.
        outputs: Nets at the output, gate by gate.
    """

    function: Function
    inputs: Mapping[str, NDArray[np.int64]]
    outputs: NDArray[np.int64]


class CycleSimulator:
    """A netlist whose gates are ordered for evaluation without delays.

    Parameters:
        netlist: The netlist.

    Raises:
        ValueError: An output has no function, or the netlist has a combinational loop.

    Members:
        data, states: Nets at the data pins and at the outputs of the flops, in the same order.
        inverted: Words to be combined with the states by exclusive or, flops x 1: all ones if an
            output is the complement of the flop's state.
    """

    def __init__(self, netlist: Netlist):
        self._netlist = netlist
        self._groups = _groups(netlist)
        found = [
            (gate.inputs.get(gate.cell.data, ZERO), net, gate.cell.outputs[pin].inverted)
            for gate in (netlist.gates[number] for number in netlist.flops)
            for pin, net in gate.outputs.items()
        ]
        self.data, self.states, inverted = np.array(found, np.int64).reshape(-1, 3).T
        self.inverted = np.where(inverted, ONES, np.uint64(0))[:, None]

    def run(self, stimulus: Mapping[str, Bits]) -> Words:
        """Return the value of each net in each cycle.

        Parameters:
            stimulus: Values of each input port, (streams, cycles, width).

        Returns:
            Words, nets x words. The bit of a stream's cycle is at position
            ``stream * cycles + cycle``. The bits beyond the last position have no meaning.
        """
        streams, cycles = next(iter(stimulus.values())).shape[:2]
        positions = streams * cycles
        values = self._blank(word_count(positions))
        for net, bits in self._port_nets(stimulus):
            values[net] = pack(bits.reshape(positions))
        later = np.zeros((streams, cycles), np.bool_)
        later[:, 1:] = True
        if not self._settle(values, pack(later.reshape(positions)), passes=min(cycles, PASSES)):
            states = self._step(stimulus, streams, cycles)
            values[self.states] = pack(states.reshape(-1, positions))
            self._evaluate(values)
        return values

    def _settle(self, values: Words, later: Words, *, passes: int) -> bool:
        """Evaluate all cycles until the flops agree with their data. Return whether they do.

        Each pass makes one more cycle right, or more. A pipeline of P ranks takes P + 1 passes.

        Parameters:
            values: Values of the nets, changed in place.
            later: Positions of all cycles but the first of each stream.
            passes: Largest number of passes.
        """
        for _ in range(passes):
            self._evaluate(values)
            states = (delayed(values[self.data]) & later) ^ self.inverted
            if np.array_equal(states, values[self.states]):
                return True
            values[self.states] = states
        return False

    def _step(self, stimulus: Mapping[str, Bits], streams: int, cycles: int) -> Bits:
        """Simulate cycle by cycle, all streams at once.

        Returns:
            Values of the flops, (flops, streams, cycles).
        """
        values = self._blank(word_count(streams))
        ports = [(net, pack(bits.T)) for net, bits in self._port_nets(stimulus)]
        nets = np.array([net for net, _ in ports], np.int64)
        words = np.array([words for _, words in ports])
        states = np.zeros((len(self.states), streams, cycles), np.bool_)
        values[self.states] = self.inverted
        for cycle in range(cycles):
            values[nets] = words[:, cycle]
            states[:, :, cycle] = unpack(values[self.states], streams)
            self._evaluate(values)
            values[self.states] = values[self.data] ^ self.inverted
        return states

    def _blank(self, words: int) -> Words:
        values = np.zeros((self._netlist.nets, words), np.uint64)
        values[ONE] = ONES
        return values

    def _port_nets(self, stimulus: Mapping[str, Bits]) -> Sequence[tuple[int, Bits]]:
        """Return the nets of the input ports and their bits, (streams, cycles) each."""
        return [
            (net, stimulus[port][:, :, bit])
            for port, nets in self._netlist.inputs.items()
            for bit, net in enumerate(nets)
        ]

    def _evaluate(self, values: Words) -> None:
        """Compute the outputs of all gates from ports and flops, in place."""
        for group in self._groups:
            inputs = {pin: values[nets] for pin, nets in group.inputs.items()}
            values[group.outputs] = group.function(inputs)


def _groups(netlist: Netlist) -> list[_Group]:
    """Return the gates in groups of one kind, each group after those that drive its inputs."""
    level: dict[int, int] = {}
    found: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for number in netlist.order:
        gate = netlist.gates[number]
        own = 1 + max((level.get(net, 0) for net in gate.inputs.values()), default=0)
        for pin, net in gate.outputs.items():
            level[net] = own
            found[own, gate.cell.name, pin].append(number)
    groups = []
    for (_, _, pin), numbers in sorted(found.items()):
        gates = [netlist.gates[number] for number in numbers]
        output = gates[0].cell.outputs[pin]
        if output.function is None:
            raise ValueError(
                f"Outputs of gates must have a function, not {pin} of {gates[0].cell.name} without"
            )
        inputs = {
            name: np.array([gate.inputs.get(name, ZERO) for gate in gates]) for name in output.pins
        }
        groups.append(
            _Group(output.function, inputs, np.array([gate.outputs[pin] for gate in gates]))
        )
    return groups
