"""Toggles of all nets of a netlist that computes with given operands, glitches included."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.ppa.cycles import Bits, CycleSimulator
from hbfp_hw.ppa.expressions import Words
from hbfp_hw.ppa.glitches import Delays, GlitchSimulator
from hbfp_hw.ppa.netlist import Netlist
from hbfp_hw.ppa.packing import count_ones, delayed, pack, unpack
from hbfp_hw.ppa.waveforms import Values

BATCH_WORDS = 16 << 20
"""Words of net values held at a time: 128 MiB."""

CHUNK_NETS = 16 << 20
"""Transitions that are simulated at once, multiplied by the nets: well below 1 GiB of waveforms."""


@dataclass(frozen=True)
class Activity:
    """Toggles of the nets of a netlist.

    Members:
        toggles: Number of rising and of falling edges of each net, (nets, 2).
        transitions: Number of clock edges in which they were counted, over all streams.
        outputs: Values of each output port, (streams, cycles, width).
    """

    toggles: NDArray[np.int64]
    transitions: int
    outputs: Mapping[str, Bits]


def simulate(
    netlist: Netlist,
    stimulus: Mapping[str, Bits],
    delays: Delays | None = None,
    *,
    step: float = 0.001,
    skip: int = 0,
) -> Activity:
    """Simulate streams of operands and count the toggles.

    Streams are runs that do not depend on each other. All flops are 0 in the first cycle of a
    stream. A port changes at the clock edge, as a flop without delay would.

    Parameters:
        netlist: The netlist. All clock edges are assumed to come after its last gate has settled.
        stimulus: Values of each input port, (streams, cycles, width).
        delays: Delays of gates and flops in ns. Without them a net toggles once or not at all.
        step: Step of time in ns that delays are rounded to.
        skip: Clock edges at the start of each stream that are left out of the counts.

    Raises:
        TypeError: A port's values are not Boolean.
        ValueError: The ports are not those of the netlist, their shapes do not fit, no transition
            is left, the step is not positive, or a delay is missing.
    """
    streams, cycles = _checked(netlist, stimulus, step, skip)
    simulator = CycleSimulator(netlist)
    glitches = None if delays is None else GlitchSimulator(netlist, delays, step=step)
    toggles = np.zeros((netlist.nets, 2), np.int64)
    outputs = {
        port: np.zeros((streams, cycles, len(nets)), np.bool_)
        for port, nets in netlist.outputs.items()
    }
    batch = max(1, BATCH_WORDS * 64 // (netlist.nets * cycles))
    for first in range(0, streams, batch):
        part = slice(first, min(first + batch, streams))
        values = simulator.run({port: bits[part] for port, bits in stimulus.items()})
        counted = np.zeros((part.stop - part.start, cycles), np.bool_)
        counted[:, skip + 1 :] = True
        if glitches is None:
            toggles += _changes(values, pack(counted.reshape(-1)))
        else:
            for before, after in _transitions(netlist, values, counted.reshape(-1)):
                toggles += glitches.toggles(before, after)
        for port, nets in netlist.outputs.items():
            bits = unpack(values[list(nets)], counted.size)
            outputs[port][part] = bits.reshape(len(nets), *counted.shape).transpose(1, 2, 0)
    return Activity(toggles, streams * (cycles - 1 - skip), outputs)


def _checked(
    netlist: Netlist, stimulus: Mapping[str, Bits], step: float, skip: int
) -> tuple[int, int]:
    """Return the number of streams and of cycles of a stimulus."""
    if not stimulus or set(stimulus) != set(netlist.inputs):
        raise ValueError(
            f"Ports of a stimulus must be {sorted(netlist.inputs)}, not {sorted(stimulus)}"
        )
    leading = next(iter(stimulus.values())).shape[:2]
    for port, bits in stimulus.items():
        if bits.dtype != np.bool_:
            raise TypeError(f"Values of port {port} must be Boolean, not {bits.dtype}")
        shape = (*leading, len(netlist.inputs[port]))
        if bits.ndim != 3 or bits.shape != shape or not bits.size:
            raise ValueError(
                f"Values of port {port} must be streams x cycles x {shape[-1]}, alike for all"
                f" ports, not {bits.shape!r}"
            )
    if step <= 0:
        raise ValueError(f"Step of time must be positive, not {step!r}")
    if not 0 <= skip < leading[1] - 1:
        raise ValueError(
            f"Skipped clock edges must be 0 to {leading[1] - 2} for {leading[1]} cycles,"
            f" not {skip!r}"
        )
    return leading[0], leading[1]


def _changes(values: Words, counted: Words) -> NDArray[np.int64]:
    """Return the number of rising and falling edges of each net between cycles, (nets, 2)."""
    counts = np.zeros((len(values), 2), np.int64)
    for net, words in enumerate(values):
        changed = (words ^ delayed(words)) & counted
        rises = count_ones(changed & words)
        counts[net] = rises, count_ones(changed) - rises
    return counts


def _transitions(
    netlist: Netlist, values: Words, counted: NDArray[np.bool_]
) -> Iterator[tuple[dict[int, Values], dict[int, Values]]]:
    """Return the values of ports and flops before and after clock edges, by net, in chunks."""
    nets = [net for port in netlist.inputs.values() for net in port]
    nets += [net for number in netlist.flops for net in netlist.gates[number].outputs.values()]
    bits = unpack(values[nets], counted.size).view(np.uint8)
    edges = np.flatnonzero(counted)
    size = max(CHUNK_NETS // netlist.nets, 1)
    for first in range(0, len(edges), size):
        chunk = edges[first : first + size]
        yield (
            dict(zip(nets, bits[:, chunk - 1], strict=True)),
            dict(zip(nets, bits[:, chunk], strict=True)),
        )
