"""All pairs of mantissas of a lane through the PE, and all pairs of codes through its cell."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from hbfp_hw.engine import Variant
from hbfp_hw.generation.description import Port, Stream
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.payload import pack
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.fields import fields_of
from hbfp_hw.rtl.pe import PE
from hbfp_hw.simulate import replay

LANES = 3
WALKS = [
    *((Variant.MIXED, widths) for widths in itertools.product((4, 6), repeat=2)),
    *((Variant.NATIVE, widths) for widths in itertools.product((4, 6), repeat=2)),
    (Variant.NARROW, (4, 4)),
]


def _pairs(a, b):
    return np.stack(np.meshgrid(a, b), axis=-1).reshape(-1, 2)


def _exact(sums, widths):
    """Return the FP32 patterns of small integer sums in units of 2**-(fraction bits)."""
    return (sums / 2.0 ** (sum(widths) - 2)).astype(np.float32).view(np.uint32)


@pytest.mark.full(but=["Variant.NATIVE-widths4"])
@pytest.mark.parametrize(("variant", "widths"), WALKS)
def test_every_pair_of_values(variant, widths):
    """Each lane goes through all pairs, and each starts from a different pair."""
    most = [2 ** (width - 1) - 1 for width in widths]
    pairs = _pairs(*(np.arange(-limit, limit + 1) for limit in most))
    total = len(pairs)
    assert total == np.prod([2**width - 1 for width in widths])
    walk = pairs[(np.arange(total)[:, np.newaxis] + 7 * np.arange(LANES)) % total]
    design = cached_design(PE(variant, LANES))
    ones = np.ones(total, int)
    streams = design.description.streams
    values = {
        "i": {
            "a.mantissas": walk[..., 0],
            "b.mantissas": walk[..., 1],
            "a.exponent": 0 * ones,
            "b.exponent": 0 * ones,
            "wide_a": ones * (widths[0] == 6),
            "wide_b": ones * (widths[1] == 6),
        },
        "i_marker": {"c": 0 * ones, "first": ones, "last": ones},
    }
    inputs = {name: pack(streams[name].fields, given) for name, given in values.items()}
    run = replay(design, inputs, {"o": total})
    expected = _exact(walk.prod(axis=2).sum(axis=1), widths)
    assert np.array_equal(run.outputs["o"][:, 0], expected)
    passes = variant.passes(*(width == 6 for width in widths))
    assert run.cycles == passes * total + design.description.latency


CELL = """
module {top}(input clk, input rst,
  input [{payload}:0] i__payload, input i__valid, output i__ready,
  output [31:0] o__payload, output o__valid, input o__ready);
  wire [{a}:0] a = i__payload[{a}:0];
  // The control is above the operands; complete is deasserted while there is no input.
  {name} array(.clk(clk), .rst(rst),
    .a__0({{a[{a}:{a} - 1], a[{a} - 2] & i__valid, a[{a} - 3:0]}}),
    .b__0(i__payload[{payload}:{a} + 1]), .c__0(32'b0), .y__0(o__payload), .done__0(o__valid));
  assign i__ready = 1'b1;
endmodule
"""
"""Module that puts streams around a one-cell array; a test must always accept results."""


def _cell(variant):
    """Return the cell behind streams, the fields of its operands and its sizes."""
    array = Array(variant, 1, 1, 1)
    design = cached_design(array)
    a = fields_of(array.fmt.pass_layout(control=True), "a")
    above = a[-1]["offset"] + a[-1]["width"]
    fields = a + fields_of(array.fmt.pass_layout(control=False), "b", above)
    bits = fields[-1]["offset"] + fields[-1]["width"]
    top = f"{design.name}_walk"
    wrapper = CELL.format(top=top, name=design.name, payload=bits - 1, a=above - 1)
    ports = [("clk", "in", 1), ("rst", "in", 1)]
    streams = {}
    for name, direction, width, part in (
        ("i", "in", bits, fields),
        ("o", "out", 32, fields_of(32)),
    ):
        streams[name] = Stream(direction, width, part)
        other = "out" if direction == "in" else "in"
        ports += [(f"{name}__payload", direction, width), (f"{name}__valid", direction, 1)]
        ports.append((f"{name}__ready", other, 1))
    description = replace(
        design.description, name=top, ports=[Port(*port) for port in ports], streams=streams
    )
    control = "`verilator_config\n" + "".join(
        f'public_flat_rw -module "{top}" -var "{name}"\n' for name, *_ in ports
    )
    rules = ("WIDTHEXPAND", "UNUSEDSIGNAL", "INITIALDLY")
    control += "".join(f'lint_off -rule {rule} -file "*"\n' for rule in rules)
    return Design(top, design.verilog + wrapper, description, control), fields, array.fmt


@pytest.mark.full(but=["Variant.MIXED-widths0"])
@pytest.mark.parametrize(("variant", "widths"), WALKS)
def test_every_pair_of_sign_magnitude_codes(variant, widths):
    """Go through all 2**8 to 2**12 pairs of codes, including minus zero."""
    design, fields, fmt = _cell(variant)
    codes = _pairs(*(np.arange(2**width) for width in widths))
    signs = codes >> (np.array(widths) - 1)
    magnitudes = codes & (2 ** (np.array(widths) - 1) - 1)
    parts = [(True, False) if width == 6 else (False,) for width in widths]
    if variant is not Variant.MIXED:
        parts = [(False,), (False,)]
    orders = list(itertools.product(*parts))
    assert len(orders) == variant.passes(*(width == 6 for width in widths))
    steps = []
    for high in orders:
        digits = magnitudes
        if variant is Variant.MIXED:
            digits = np.where(high, magnitudes >> 3, magnitudes & 7)
        steps.append(digits | signs << fmt.digit_bits)
    lanes = np.stack(steps, axis=1).reshape(-1, 2)
    place = np.tile(np.arange(len(orders)), len(codes))
    ones = np.ones(len(lanes), int)
    wide = [width == 6 or variant is Variant.NARROW for width in widths]
    words = pack(
        fields,
        {
            "a.lanes": lanes[:, 0],
            "b.lanes": lanes[:, 1],
            "a.exponent": ones * (0 if wide[0] else 2),
            "b.exponent": ones * (0 if wide[1] else 2),
            "a.control.clear": place == 0,
            "a.control.shift": ~np.array(orders)[place, 1],
            "a.control.complete": place == len(orders) - 1,
            "a.control.first": ones,
            "a.control.last": ones,
        },
    )
    run = replay(design, {"i": words}, {"o": len(codes)})
    products = np.where(signs, -magnitudes, magnitudes).prod(axis=1)
    assert np.array_equal(run.outputs["o"][:, 0], _exact(products, widths))
    assert len(codes) == 2 ** sum(widths)
