"""Units under Amaranth's own simulator: every port in every cycle, with random stalls."""

import random
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import ClockDomain, Fragment, Instance, Module, Value
from amaranth.sim import Simulator

from hbfp_hw.rtl.unit import Unit
from hbfp_hw.verilog import describe

RESET_CYCLES = 8
"""Cycles of reset at the start, with all inputs at zero; after them all registers are known."""


@dataclass(frozen=True)
class Trace:
    """What happened at the ports of a unit.

    Members:
        inputs, outputs: Widths of the ports by their names, without the clock.
        rows: In each cycle the values of the inputs, and those of the outputs; 0 for a payload that
            is not valid.
        moved, stalled: Of each stream the transfers, and the cycles in which an item waited.
    """

    inputs: dict[str, int]
    outputs: dict[str, int]
    rows: list[tuple[list[int], list[int]]]
    moved: dict[str, int]
    stalled: dict[str, int]


def trace(unit: Unit, cycles: int, seed: int) -> Trace:
    """Run a unit for so many cycles after the first reset, and reset it again half-way."""
    description = describe(unit)
    streams = description["streams"]
    widths: dict[str, dict[str, int]] = {"in": {"rst": 1}, "out": {}}
    for port in description["ports"]:
        if port["name"] != "clk":
            widths[port["direction"]][port["name"]] = port["width"]
    found = Trace(
        widths["in"], widths["out"], [], dict.fromkeys(streams, 0), dict.fromkeys(streams, 0)
    )
    m = Module()
    m.submodules.unit = _whole(unit, unit)
    m.domains.sync = domain = ClockDomain()
    signals = _signals(unit) | {"rst": domain.rst}
    generator = random.Random(seed)

    async def bench(context: Any) -> None:
        waiting: dict[str, int] = {}
        for cycle in range(RESET_CYCLES + cycles):
            inputs = dict.fromkeys(found.inputs, 0)
            reset = cycle < RESET_CYCLES or cycle == RESET_CYCLES + cycles // 2
            if cycle >= RESET_CYCLES:
                # Stretches with many and with few stalls.
                eager = 0.9 if cycle // 32 % 2 else 0.5
                inputs |= _draw(generator, found.inputs, streams, eager) | waiting
            inputs["rst"] = int(reset)
            for name, value in inputs.items():
                context.set(signals[name], value)
            outputs = {
                name: context.get(Value.cast(signals[name])) % (1 << width)
                for name, width in found.outputs.items()
            }
            shown = {
                name: value if outputs.get(name.replace("__payload", "__valid"), 1) else 0
                for name, value in outputs.items()
            }
            found.rows.append((list(inputs.values()), list(shown.values())))
            waiting = {}
            for stream in streams if not reset else ():
                valid, ready, payload = (
                    f"{stream}__{part}" for part in ("valid", "ready", "payload")
                )
                both = inputs | outputs
                found.moved[stream] += both[valid] & both[ready]
                if both[valid] and not both[ready]:
                    found.stalled[stream] += 1
                    if valid in inputs:
                        waiting |= {valid: 1, payload: inputs[payload]}
            await context.tick()

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return found


def _draw(
    generator: random.Random, inputs: dict[str, int], streams: dict[str, Any], eager: float
) -> dict[str, int]:
    """New values of all inputs."""
    values = {}
    for name, width in inputs.items():
        stream, _, part = name.rpartition("__")
        if stream not in streams:
            values[name] = generator.getrandbits(width)
        elif part == "payload":
            values[name] = _payload(generator, streams[stream]["fields"])
        else:
            values[name] = int(generator.random() < eager)
    return values


def _payload(generator: random.Random, fields: list[dict[str, Any]]) -> int:
    """Random fields; most FP32 numbers near 1, and sizes of products small."""
    payload = 0
    for field in fields:
        for element in range(field["count"]):
            value = generator.getrandbits(field["width"])
            if field["width"] == 32 and generator.random() < 0.9:
                value = value & 0x807FFFFF | generator.randrange(120, 134) << 23
            elif field["name"] in ("rows", "columns", "blocks"):
                value = generator.choice((0, 1, 1, 2, 3, 5))
            payload |= value << field["offset"] + element * field["width"]
    return payload


def _signals(component: Any) -> dict[str, Any]:
    """The ports of a component by their names in Verilog."""
    return {
        "__".join(map(str, path)): Value.cast(value)
        for path, _, value in component.signature.flatten(component)
    }


def _whole(component: Any, unit: Unit) -> Fragment:
    """A component in which the parts that Verilog instantiates by name are in their places."""
    return _replaced(Fragment.get(component, None), unit)


def _replaced(fragment: Fragment, unit: Unit) -> Fragment:
    parts = []
    for part, name, source in fragment.subfragments:
        if isinstance(part, Instance):
            component = unit.instances[part.type]()
            signals = _signals(component)
            m = Module()
            m.submodules.part = _whole(component, unit)
            for port, (value, direction) in part.ports.items():
                if port in ("clk", "rst"):
                    continue
                ends = (signals[port], value)
                target, driver = ends if direction == "i" else reversed(ends)
                m.d.comb += target.eq(driver)
            part = Fragment.get(m, None)
        else:
            part = _replaced(part, unit)
        parts.append((part, name, source))
    fragment.subfragments = parts
    return fragment
