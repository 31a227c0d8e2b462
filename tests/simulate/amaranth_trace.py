"""Traces of units in Amaranth's own simulator: all ports in every cycle, with random stalls."""

import random
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat
from amaranth.sim import Simulator

from hbfp_hw.generation.verilog import describe
from hbfp_hw.rtl.core import Core
from hbfp_hw.rtl.unit import Unit
from tests.simulate.amaranth_source import clocked
from tests.simulate.channels import Channel, Item, ItemSource, RandomItems, channels
from tests.simulate.core_program import CoreProgram

CLOCKS = {"clk", "aclk"}
RESETS = {"rst": 1, "aresetn": 0}
"""Active level of each reset port."""

RESET_CYCLES = 8
"""Cycles of the first reset, with all inputs at zero; then every register has a known value."""


@dataclass(frozen=True)
class Trace:
    """Values of all ports of a unit in every cycle.

    Members:
        clock: Name of the clock port.
        inputs, outputs: Widths of the other ports by name.
        channels: Channels among them.
        cycles: Values of the ports in each cycle; 0 for the payload of an output that is not valid.
        reset: Cycle of the reset during work.
    """

    clock: str
    inputs: dict[str, int]
    outputs: dict[str, int]
    channels: dict[str, Channel]
    cycles: list[dict[str, int]]
    reset: int

    def items(self, channel: str, first: int = 0, end: int | None = None) -> list[Item]:
        """Return the items that a channel transferred from cycle ``first`` to before ``end``."""
        ports = self.channels[channel]
        return [
            {name: cycle[name] for name in ports.payload}
            for cycle in self.cycles[first:end]
            if cycle[ports.valid] and cycle[ports.ready] and not _in_reset(cycle)
        ]

    def stalled(self, channel: str) -> int:
        """Return the number of cycles in which an item waited."""
        ports = self.channels[channel]
        return sum(
            cycle[ports.valid] and not cycle[ports.ready] and not _in_reset(cycle)
            for cycle in self.cycles
        )


def trace(unit: Unit, cycles: int, seed: int) -> Trace:
    """Run a unit for ``cycles`` after the first reset, with another reset half-way."""
    description = describe(unit)
    widths: dict[str, dict[str, int]] = {"in": {}, "out": {}}
    for port in description.ports:
        widths[port.direction][port.name] = port.width
    (clock,) = CLOCKS & widths["in"].keys()
    del widths["in"][clock]
    found = Trace(
        clock,
        widths["in"],
        widths["out"],
        channels(description),
        cycles=[],
        reset=RESET_CYCLES + cycles // 2,
    )
    generator = random.Random(seed)
    source: ItemSource = (
        CoreProgram(unit, generator)
        if isinstance(unit, Core)
        else RandomItems(description, generator)
    )
    m, signals, domain = clocked(unit)
    # One wide value, since the simulator settles the unit after each assignment.
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
                # Periods with few stalls alternate with periods of many.
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
    generator: random.Random, found: Trace, source: ItemSource, eager: float, waiting: Item
) -> dict[str, int]:
    """Draw values of all inputs. Waiting items stay, and payloads that are not valid are random."""
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
    """Pack values into one word, the first one lowest."""
    word = offset = 0
    for name, width in widths.items():
        word |= values[name] << offset
        offset += width
    return word


def _split(word: int, widths: dict[str, int]) -> dict[str, int]:
    """Unpack a word, the inverse of :func:`_joined`."""
    values = {}
    for name, width in widths.items():
        values[name] = word % (1 << width)
        word >>= width
    return values
