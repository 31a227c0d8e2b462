"""Icarus, Verilator and Amaranth's own simulator agree on every output in every cycle.

A payload counts while it is valid: before that it may come from registers that no reset sets.

Amaranth runs its source, the other two the Verilog that was emitted of it; so this also checks the
emission. All units stand side by side in one design. They are driven by what Amaranth's simulator
recorded, in which all streams stall at random and all units are reset once in mid work.
"""

from functools import cache

import numpy as np
import pytest

from hbfp_hw.catalog import UNITS, BaselineOptions, MixedOptions, Options
from hbfp_hw.design import Design
from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.simulate import replay
from hbfp_hw.verilog import LINT_WAIVERS, generate
from tests.simulate.amaranth_trace import Trace, trace

CYCLES = 200
NARROW, WIDE = HBFPFormat(4, 3), HBFPFormat(6, 3, 5)
CASES = {
    "convert": Options(WIDE, WIDE, pipeline=2, narrow_bits=4),
    "dot": Options(NARROW, HBFPFormat(6, 3), pipeline=3),
    "fp32": Options(NARROW, NARROW),
    "accumulate": Options(WIDE, WIDE),
    "mac": Options(NARROW, NARROW, sign_magnitude=True),
    "dot_engine": Options(NARROW, NARROW),
    "pe": MixedOptions(Variant.MIXED, 3),
    "array": MixedOptions(Variant.NATIVE, 2, rows=2, columns=2),
    "gemm": MixedOptions(Variant.MIXED, 2, rows=2, columns=2, depth=2, panel_tiles=1),
    "fp32_mac": BaselineOptions(pipeline=1),
    "bf16_mac": BaselineOptions(pipeline=1, lanes=2, accumulate=Accumulation.BF16),
    "int8_mac": BaselineOptions(pipeline=1, lanes=2),
}

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
NAME = "three_way"


@cache
def traces() -> dict[str, Trace]:
    return {
        name: trace(UNITS[name](options), CYCLES, seed)
        for seed, (name, options) in enumerate(CASES.items())
    }


@cache
def side_by_side() -> Design:
    """All units, whose inputs and outputs are the two payloads."""
    designs = {name: generate(UNITS[name](options)) for name, options in CASES.items()}
    units, place, result = [], 0, 0
    for name, found in traces().items():
        pins = [".clk(clk)"]
        for port, width in found.inputs.items():
            value = f"given[{place} +: {width}]"
            pins.append(f".{port}({f'!going || {value}' if port == 'rst' else value})")
            place += width
        for port, width in found.outputs.items():
            pins.append(f".{port}({name}_{port})")
            units.append(f"  wire [{width - 1}:0] {name}_{port};")
            shown = f"{name}_{port}"
            if port.endswith("__payload"):
                shown = f"{name}_{port.removesuffix('payload')}valid ? {shown} : 0"
            units.append(f"  assign o__payload[{result} +: {width}] = {shown};")
            result += width
        units.append(f"  {designs[name].name} {name}({', '.join(pins)});")
    top = TOP.format(name=NAME, inputs=place - 1, outputs=result - 1, units="\n".join(units))
    ports = {"clk": 1, "rst": 1}
    streams = {"i": ("in", place), "o": ("out", result)}
    for stream, (_, width) in streams.items():
        ports |= {f"{stream}__valid": 1, f"{stream}__ready": 1, f"{stream}__payload": width}
    control = [
        "`verilator_config",
        *(f'public_flat_rw -module "{NAME}" -var "{port}"' for port in ports),
        *(f'lint_off -rule {rule} -file "*{NAME}.v"' for rule in LINT_WAIVERS),
    ]
    description = {
        "streams": {
            stream: {"direction": direction, "payload_bits": width, "fields": []}
            for stream, (direction, width) in streams.items()
        },
        "ports": [{"name": name, "direction": "in", "width": n} for name, n in ports.items()],
    }
    text = "\n".join(design.verilog for design in designs.values()) + top
    return Design(NAME, text, description, "\n".join(control) + "\n")


def payloads(side: int) -> np.ndarray:
    """All traces side by side: the inputs (0) or the outputs (1) of each cycle."""
    rows = []
    for cycles in zip(*(found.rows for found in traces().values()), strict=True):
        word = place = 0
        for found, row in zip(traces().values(), cycles, strict=True):
            for width, value in zip(
                (found.inputs, found.outputs)[side].values(), row[side], strict=True
            ):
                word |= value << place
                place += width
        rows.append(word.to_bytes(4 * -(-place // 32), "little"))
    return np.frombuffer(b"".join(rows), np.uint32).reshape(len(rows), -1)


@pytest.mark.parametrize("simulator", ["verilator", "icarus"])
def test_all_outputs_in_all_cycles(simulator: str) -> None:
    expected = payloads(1)
    result = replay(side_by_side(), {"i": payloads(0)}, {"o": len(expected)}, simulator=simulator)
    differ = np.argwhere(np.asarray(result.outputs["o"]) != expected)
    assert not len(differ), f"{len(differ)} words differ, first in cycle {differ[0][0]}"


def test_all_units_worked_and_stalled() -> None:
    for name, found in traces().items():
        for stream, count in found.moved.items():
            assert count >= 8, (name, stream, found.moved)
            assert found.stalled[stream] >= 4, (name, stream, found.stalled)
