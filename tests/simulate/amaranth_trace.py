"""Units under Amaranth's own simulator: every port in every cycle, with random stalls."""

import random
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat
from amaranth.sim import Simulator

from hbfp_hw.generation.verilog import describe
from hbfp_hw.rtl.core import Core
from hbfp_hw.rtl.unit import Unit
from tests.simulate.amaranth_source import clocked
from tests.simulate.channels import Channel, Item, RandomItems, Source, channels
from tests.simulate.core_program import CoreProgram

CLOCKS = {"clk", "aclk"}
RESETS = {"rst": 1, "aresetn": 0}
"""Ports that reset a unit, and what they are in reset."""

RESET_CYCLES = 8
"""Cycles of reset at the start, with all inputs at zero; after them all registers are known."""


@dataclass(frozen=True)
class Trace:
    """What happened at the ports of a unit.

    Members:
        clock: The port of the clock.
        inputs, outputs: Widths of the other ports by their names.
        channels: The channels among them.
        cycles: In each the values of all ports; 0 for an output that is a payload of a channel that
            is not valid.
        reset: The cycle of the reset in mid work.
    """

    clock: str
    inputs: dict[str, int]
    outputs: dict[str, int]
    channels: dict[str, Channel]
    cycles: list[dict[str, int]]
    reset: int

    def items(self, channel: str, first: int = 0, end: int | None = None) -> list[Item]:
        """What a channel moved from cycle ``first`` on, and before ``end`` if given."""
        ports = self.channels[channel]
        return [
            {name: cycle[name] for name in ports.payload}
            for cycle in self.cycles[first:end]
            if cycle[ports.valid] and cycle[ports.ready] and not _in_reset(cycle)
        ]

    def stalled(self, channel: str) -> int:
        """Cycles in which an item waited."""
        ports = self.channels[channel]
        return sum(
            cycle[ports.valid] and not cycle[ports.ready] and not _in_reset(cycle)
            for cycle in self.cycles
        )


def trace(unit: Unit, cycles: int, seed: int) -> Trace:
    """Run a unit for so many cycles after the first reset, and reset it again half-way."""
    description = describe(unit)
    widths: dict[str, dict[str, int]] = {"in": {}, "out": {}}
    for port in description.ports:
        widths[port.direction][port.name] = port.width
    (clock,) = CLOCKS & widths["in"].keys()
    del widths["in"][clock]
    found = Trace(
        *(clock, widths["in"], widths["out"], channels(description), []),
        reset=RESET_CYCLES + cycles // 2,
    )
    generator = random.Random(seed)
    source: Source = (
        CoreProgram(unit, generator)
        if isinstance(unit, Core)
        else RandomItems(description, generator)
    )
    m, signals, domain = clocked(unit)
    # All at once: the simulator settles the unit after each value that it is given.
    inputs, outputs = (
        Cat(signals[name] for name in names) for names in (found.inputs, found.outputs)
    )

    async def bench(context: Any) -> None:
        waiting: Item = {}
        for number in range(RESET_CYCLES + cycles):
            reset = number < RESET_CYCLES or number == found.reset
            if number < RESET_CYCLES:
                values = dict.fromkeys(found.inputs, 0)
            else:
                # Stretches with many and with few stalls.
                eager = 0.9 if number // 32 % 2 else 0.5
                values = _draw(generator, found, source, eager, waiting)
            values |= {
                name: active if reset else 1 - active
                for name, active in RESETS.items()
                if name in values
            }
            context.set(inputs, _joined(values, found.inputs))
            values |= _split(context.get(outputs), found.outputs)
            for ports in found.channels.values():
                if not ports.incoming and not values[ports.valid]:
                    values |= dict.fromkeys(ports.payload, 0)
            found.cycles.append(values)
            if number == found.reset:
                source.reset()
            waiting = {
                name: values[name]
                for ports in found.channels.values()
                if ports.incoming and values[ports.valid] and not values[ports.ready] and not reset
                for name in (ports.valid, *ports.payload)
            }
            await context.tick(domain)

    simulator = Simulator(m)
    simulator.add_clock(1e-6, domain=domain)
    simulator.add_testbench(bench)
    simulator.run()
    return found


def _in_reset(cycle: dict[str, int]) -> bool:
    return any(cycle.get(name) == active for name, active in RESETS.items())


def _draw(
    generator: random.Random, found: Trace, source: Source, eager: float, waiting: Item
) -> dict[str, int]:
    """New values of all inputs; what waits stays, and what is not valid is random."""
    values = {name: generator.getrandbits(width) for name, width in found.inputs.items()}
    for channel, ports in found.channels.items():
        go = generator.random() < eager
        if not ports.incoming:
            values[ports.ready] = int(go)
        elif ports.valid not in waiting:
            item = source.item(channel) if go else None
            values |= {ports.valid: int(item is not None)} | (item or {})
    return values | waiting


def _joined(values: dict[str, int], widths: dict[str, int]) -> int:
    word = place = 0
    for name, width in widths.items():
        word |= values[name] << place
        place += width
    return word


def _split(word: int, widths: dict[str, int]) -> dict[str, int]:
    values = {}
    for name, width in widths.items():
        values[name] = word % (1 << width)
        word >>= width
    return values
