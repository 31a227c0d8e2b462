"""Toggles of a netlist with the delays of its gates: glitches are counted."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.ppa.expressions import ONES, Words
from hbfp_hw.ppa.netlist import ONE, ZERO, Netlist
from hbfp_hw.ppa.waveforms import Waveform, gate_output, source

Delays = Mapping[tuple[int, str, str], tuple[float, float]]
"""Delays of the rising and the falling edge in ns by gate number, output pin and input pin."""


class GlitchSimulator:
    """A netlist with delays, simulated within one cycle for many transitions at once.

    Parameters:
        netlist: The netlist.
        delays: Delays of its gates and flops. An arc that is shorter than a step takes a step.
        step: Step of time in ns.

    Raises:
        ValueError: A delay is missing.
    """

    def __init__(self, netlist: Netlist, delays: Delays, *, step: float):
        self._netlist = netlist
        self._order = netlist.order
        self._delays = {
            arc: (_steps(rise, step), _steps(fall, step)) for arc, (rise, fall) in delays.items()
        }
        self._readers = Counter(
            net for number in self._order for net in set(netlist.gates[number].inputs.values())
        )
        for number in self._order:
            for pin in netlist.gates[number].outputs:
                self._delays_to(number, pin)
        self._readers.update((ZERO, ONE))  # One reader more than there are: never freed.
        self._ports = [net for nets in netlist.inputs.values() for net in nets]
        self._undriven = set(self._readers) - set(netlist.drivers) - set(self._ports)

    def toggles(self, before: Mapping[int, Words], after: Mapping[int, Words]) -> NDArray[np.int64]:
        """Return the number of rising and falling edges of each net, (nets, 2).

        A waveform is freed after its last reader.

        Parameters:
            before, after: Values of input ports and flop outputs before and after the clock edge,
                by net.
        """
        counts = np.zeros((self._netlist.nets, 2), np.int64)
        waves = self._sources(before, after)
        for net, wave in waves.items():
            counts[net] = wave.toggles
        left = self._readers.copy()
        for number in self._order:
            gate = self._netlist.gates[number]
            for pin, net in gate.outputs.items():
                wave = self._output(number, pin, waves)
                counts[net] = wave.toggles
                if left[net]:
                    waves[net] = wave
            for net in set(gate.inputs.values()):
                left[net] -= 1
                if not left[net]:
                    del waves[net]
        return counts

    def _sources(
        self, before: Mapping[int, Words], after: Mapping[int, Words]
    ) -> dict[int, Waveform]:
        """Return the waveforms of constants, ports and flops. A net without a driver is 0."""
        words = len(next(iter(before.values()))) if before else 1
        never = np.empty(0, np.int64)
        zero = Waveform(never, np.zeros((1, words), np.uint64))
        waves = dict.fromkeys(self._undriven, zero)
        waves[ONE] = Waveform(never, np.full((1, words), ONES))
        for net in self._ports:
            waves[net] = source(before[net], after[net], 0, 0)
        for number in self._netlist.flops:
            gate = self._netlist.gates[number]
            for pin, net in gate.outputs.items():
                rise, fall = self._delay(number, pin, gate.cell.clock)
                waves[net] = source(before[net], after[net], rise, fall)
        return waves

    def _output(self, number: int, pin: str, waves: Mapping[int, Waveform]) -> Waveform:
        gate = self._netlist.gates[number]
        output = gate.cell.outputs[pin]
        inputs = {name: waves[gate.inputs.get(name, ZERO)] for name in output.pins}
        assert output.function is not None
        if not any(len(wave.times) for wave in inputs.values()):
            words = waves[ZERO].values.shape
            values = output.function({name: wave.values for name, wave in inputs.items()})
            return Waveform(np.empty(0, np.int64), np.broadcast_to(values, words))
        return gate_output(output.function, inputs, self._delays_to(number, pin))

    def _delays_to(self, number: int, pin: str) -> dict[str, tuple[int, int]]:
        """Return the delays to an output in steps, by the input pins that can change."""
        gate = self._netlist.gates[number]
        pins = [name for name in gate.cell.outputs[pin].pins if gate.inputs.get(name, ZERO) > ONE]
        return {name: self._delay(number, pin, name) for name in pins}

    def _delay(self, number: int, output: str, pin: str) -> tuple[int, int]:
        try:
            return self._delays[number, output, pin]
        except KeyError:
            name = self._netlist.gates[number].name
            raise ValueError(
                f"Delays must have all arcs of the netlist, not lack {name} from {pin} to {output}"
            ) from None


def _steps(delay: float, step: float) -> int:
    return max(1, round(delay / step))
