"""Icarus, Verilator and Amaranth's own simulator agree on every output in every cycle.

A payload is compared only while it is valid, as before that it may come from registers without a
reset. Amaranth simulates the source and the other two the emitted Verilog, so the test also checks
the emission. All units are side by side in one design, and the inputs are those of a run that
Amaranth's simulator recorded: all streams stall at random, and all units are reset once during
work. The core computes whole products, started through its registers.
"""

from functools import cache
from itertools import zip_longest

import numpy as np
import pytest

from hbfp_hw.core.registers import REGISTERS
from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.description import DesignDescription, Port, Stream
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.options import BaselineOptions, FormatOptions, MixedOptions
from hbfp_hw.generation.registry import UNITS, make_unit
from hbfp_hw.generation.verilog import LINT_WAIVERS
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.rtl import Unit
from hbfp_hw.rtl.core import Core
from hbfp_hw.simulate import SIMULATORS, RunOptions, replay
from hbfp_hw.simulate.replay import Words
from tests.simulate.amaranth_trace import Trace, trace

CYCLES, CORE_CYCLES = 200, 320
"""Cycles of a unit, and of the core, whose products need register writes first."""
NARROW, WIDE = HBFPFormat(4, 3), HBFPFormat(6, 3, 5)
CASES = (
    ("convert", FormatOptions(WIDE, WIDE, pipeline=2, narrow_bits=4)),
    ("dot", FormatOptions(NARROW, HBFPFormat(6, 3), pipeline=3)),
    ("dot", FormatOptions(NARROW, NARROW, pipeline=2, free_running=True)),
    ("fp32", FormatOptions(NARROW, NARROW)),
    ("accumulate", FormatOptions(WIDE, WIDE)),
    ("mac", FormatOptions(NARROW, NARROW, sign_magnitude=True)),
    ("dot_engine", FormatOptions(NARROW, NARROW)),
    ("pe", MixedOptions(Variant.MIXED, 3)),
    ("array", MixedOptions(Variant.NATIVE, 2, rows=2, columns=2)),
    ("gemm", MixedOptions(Variant.MIXED, 2, rows=2, columns=2, depth=2, panel_tiles=1)),
    (
        "core",
        MixedOptions(Variant.NATIVE, 2, 8, rows=2, depth=2, panel_tiles=1, bus_bits=32, layers=2),
    ),
    ("fp32_mac", BaselineOptions(pipeline=1)),
    ("bf16_mac", BaselineOptions(pipeline=1, lanes=2, accumulate=Accumulation.BF16)),
    ("int8_mac", BaselineOptions(pipeline=1, lanes=2)),
    ("mac", FormatOptions(NARROW, HBFPFormat(6, 3), pipeline=4)),
    ("fp32_mac", BaselineOptions(pipeline=5)),
)

TOP = """
module {name}(input clk, input rst,
  input i__valid, output i__ready, input [{inputs}:0] i__payload,
  output o__valid, input o__ready, output [{outputs}:0] o__payload);
  // Before the trace begins all units are in reset, with all inputs at zero.
  // An unknown value at the very start would stay in registers that no reset sets.
  wire going = i__valid === 1'b1 && rst === 1'b0;
  wire [{inputs}:0] given = going ? i__payload : 0;
  assign i__ready = o__ready;
  assign o__valid = i__valid;
{units}
endmodule
"""
RESETS = {"rst": "!going || {}", "aresetn": "going && {}"}
NAME = "three_way"


def units() -> dict[str, Unit]:
    """Return the unit of each case, by unit name and number of the case."""
    return {
        f"{name}_{number}": make_unit(name, options) for number, (name, options) in enumerate(CASES)
    }


@cache
def traces() -> dict[str, Trace]:
    """Return the trace of each unit."""
    return {
        name: trace(unit, CORE_CYCLES if isinstance(unit, Core) else CYCLES, seed)
        for seed, (name, unit) in enumerate(units().items())
    }


@cache
def side_by_side() -> Design:
    """Return a design with all units, whose inputs and outputs form one payload each."""
    designs = {name: cached_design(unit) for name, unit in units().items()}
    instances, offset, result = [], 0, 0
    for name, found in traces().items():
        pins = [f".{found.clock}(clk)"]
        for port, width in found.inputs.items():
            value = f"given[{offset} +: {width}]"
            pins.append(f".{port}({RESETS.get(port, '{}').format(value)})")
            offset += width
        valid = {
            port: f"{name}_{channel.valid}"
            for channel in found.channels.values()
            for port in channel.payload
        }
        for port, width in found.outputs.items():
            shown = f"{name}_{port}"
            pins.append(f".{port}({shown})")
            instances.append(f"  wire [{width - 1}:0] {shown};")
            if port in valid:
                shown = f"{valid[port]} ? {shown} : 0"
            instances.append(f"  assign o__payload[{result} +: {width}] = {shown};")
            result += width
        instances.append(f"  {designs[name].name} {name}({', '.join(pins)});")
    top = TOP.format(name=NAME, inputs=offset - 1, outputs=result - 1, units="\n".join(instances))
    ports = {"clk": 1, "rst": 1}
    streams = {"i": ("in", offset), "o": ("out", result)}
    for stream, (_, width) in streams.items():
        ports |= {f"{stream}__valid": 1, f"{stream}__ready": 1, f"{stream}__payload": width}
    control = [
        "`verilator_config",
        *(f'public_flat_rw -module "{NAME}" -var "{port}"' for port in ports),
        *(f'lint_off -rule {rule} -file "*{NAME}.v"' for rule in LINT_WAIVERS),
    ]
    description = DesignDescription(
        NAME,
        "three_way",
        ports=[Port(name, "in", width) for name, width in ports.items()],
        streams={name: Stream(*parts) for name, parts in streams.items()},
    )
    text = "\n".join(design.verilog for design in designs.values()) + top
    return Design(NAME, text, description, "\n".join(control) + "\n")


def payloads(side: str, *, mask: bool = False) -> Words:
    """Return the "inputs" or the "outputs" of all traces, one payload per cycle.

    Parameters:
        side: "inputs" or "outputs".
        mask: Return ones where a trace has a value and zeros after its end instead.
    """
    rows = []
    for cycles in zip_longest(*(found.cycles for found in traces().values())):
        word = offset = 0
        for found, values in zip(traces().values(), cycles, strict=True):
            for name, width in getattr(found, side).items():
                if values is not None:
                    word |= ((1 << width) - 1 if mask else values[name]) << offset
                offset += width
        rows.append(word.to_bytes(4 * -(-offset // 32), "little"))
    return np.frombuffer(b"".join(rows), np.uint32).reshape(len(rows), -1)


@pytest.mark.full
@pytest.mark.parametrize("simulator", SIMULATORS)
def test_all_outputs_in_all_cycles(simulator: str) -> None:
    given, expected = payloads("inputs"), payloads("outputs")
    result = replay(side_by_side(), {"i": given}, {"o": len(expected)}, RunOptions(simulator))
    compared = np.asarray(result.outputs["o"]) & payloads("outputs", mask=True)
    differ = np.argwhere(compared != expected)
    assert not len(differ), f"{len(differ)} words differ, first in cycle {differ[0][0]}"


def test_every_unit_is_there() -> None:
    assert {name for name, _ in CASES} == set(UNITS)


@pytest.mark.full
def test_all_units_worked_and_stalled() -> None:
    for name, found in traces().items():
        for channel in found.channels:
            transfers = len(found.items(channel))
            assert transfers >= 8, (name, channel, transfers)
            assert found.stalled(channel) >= 4, (name, channel, found.stalled(channel))
        for port in found.outputs:
            assert any(values[port] for values in found.cycles), (name, port)


@pytest.mark.full
def test_the_core_did_products() -> None:
    (found,) = (found for found in traces().values() if found.clock == "aclk")
    status = REGISTERS["status"]
    before, after = registers_read(found, 0, found.reset), registers_read(found, found.reset)
    for read in (before, after):
        assert max(read["products"]) >= 1
    assert status.unpack(before["status"][-1])["busy"]  # when it was reset
    assert not any(before["error"])
    assert after["error"][-1] == REGISTERS["error"].pack(descriptor=1)
    assert status.unpack(after["status"][-1])["halted"]
    for first, end in ((0, found.reset), (found.reset, None)):
        results = found.items("m_axis_y_t", first, end)
        assert sum(result["m_axis_y_tdata"] != 0 for result in results) >= 4


def registers_read(found: Trace, first: int, end: int | None = None) -> dict[str, list[int]]:
    """Return the words that software read from each register in these cycles."""
    names = {register.address: register.name for register in REGISTERS.values()}
    words: dict[str, list[int]] = {}
    asked, answers = (found.items(f"s_axil_{part}", first, end) for part in ("ar", "r"))
    # The last read may have no answer.
    for address, answer in zip(asked, answers, strict=False):
        name = names.get(address["s_axil_araddr"], "")
        words.setdefault(name, []).append(answer["s_axil_rdata"])
    return words
