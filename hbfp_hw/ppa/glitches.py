"""Toggles of a netlist with the delays of its gates: glitches are counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.ppa.netlist import ONE, ZERO, Netlist
from hbfp_hw.ppa.waveforms import (
    Moments,
    Values,
    Waveform,
    constant,
    gate_output,
    shortest_delays,
    source,
    truth_table,
)

Delays = Mapping[tuple[int, str, str], tuple[float, float]]
"""Delays of the rising and the falling edge in ns by gate number, output pin and input pin."""


@dataclass(frozen=True)
class _Gate:
    """An output of a gate, ready for simulation.

    Members:
        output: Net that it drives.
        table: Truth table of its function.
        inputs: Nets that it reads.
        delays: Delays by the set of changed inputs.
    """

    output: int
    table: Values
    inputs: tuple[int, ...]
    delays: Moments


class GlitchSimulator:
    """A netlist with delays, simulated within one cycle for many transitions at once.

    Parameters:
        netlist: The netlist.
        delays: Delays of its gates and flops. An arc that is shorter than a step takes a step.
        step: Step of time in ns.

    Raises:
        ValueError: A delay is missing, or a gate has too many inputs.
    """

    def __init__(self, netlist: Netlist, delays: Delays, *, step: float):
        self._nets = netlist.nets
        steps = _Steps(netlist, delays, step)
        tables: dict[tuple[str, str], tuple[list[str], Values]] = {}
        self._gates = []
        for number in netlist.order:
            gate = netlist.gates[number]
            for pin, net in gate.outputs.items():
                output = gate.cell.outputs[pin]
                key = gate.cell.name, pin
                if key not in tables:
                    pins = sorted(output.pins)
                    assert output.function is not None
                    tables[key] = pins, truth_table(output.function, pins)
                pins, table = tables[key]
                inputs = tuple(gate.inputs.get(name, ZERO) for name in pins)
                pairs = [
                    steps.of(number, pin, name) if read > ONE else (1, 1)
                    for name, read in zip(pins, inputs, strict=True)
                ]
                self._gates.append(_Gate(net, table, inputs, shortest_delays(pairs)))
        self._sources = {net: (0, 0) for nets in netlist.inputs.values() for net in nets}
        for number in netlist.flops:
            gate = netlist.gates[number]
            for pin, net in gate.outputs.items():
                self._sources[net] = steps.of(number, pin, gate.cell.clock)
        self._readers = Counter(net for gate in self._gates for net in set(gate.inputs))
        driven = {gate.output for gate in self._gates} | set(self._sources)
        self._undriven = set(self._readers) - driven

    def toggles(
        self, before: Mapping[int, Values], after: Mapping[int, Values]
    ) -> NDArray[np.int64]:
        """Return the number of rising and falling edges of each net, (nets, 2).

        A waveform is freed after its last reader.

        Parameters:
            before, after: Values of input ports and flop outputs before and after each clock edge,
                by net.
        """
        transitions = len(next(iter(before.values())))
        waves = {
            net: constant(np.full(transitions, net == ONE, np.uint8)) for net in self._undriven
        }
        for net, (rise, fall) in self._sources.items():
            waves[net] = source(before[net], after[net], rise, fall)
        counts = np.zeros((self._nets, 2), np.int64)
        for net, wave in waves.items():
            counts[net] = wave.rising, wave.falling
        left = self._readers.copy()
        for gate in self._gates:
            wave = self._output(gate, waves, transitions)
            counts[gate.output] = wave.rising, wave.falling
            if left[gate.output]:
                waves[gate.output] = wave
            for net in set(gate.inputs):
                left[net] -= 1
                if not left[net]:
                    del waves[net]
        return counts

    @staticmethod
    def _output(gate: _Gate, waves: Mapping[int, Waveform], transitions: int) -> Waveform:
        if not gate.inputs:
            return constant(np.full(transitions, gate.table[0]))
        return gate_output(gate.table, [waves[net] for net in gate.inputs], gate.delays)


class _Steps:
    """Delays in steps of time."""

    def __init__(self, netlist: Netlist, delays: Delays, step: float):
        self._netlist, self._delays, self._step = netlist, delays, step

    def of(self, number: int, output: str, pin: str) -> tuple[int, int]:
        """Return the delays of the rising and the falling edge of an arc, 1 or more."""
        try:
            rise, fall = self._delays[number, output, pin]
        except KeyError:
            name = self._netlist.gates[number].name
            raise ValueError(
                f"Delays must have all arcs of the netlist, not lack {name} from {pin} to {output}"
            ) from None
        return max(1, round(rise / self._step)), max(1, round(fall / self._step))
