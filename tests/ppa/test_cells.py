"""The committed library of standard cells: is it complete, and are its figures physical?"""

import itertools
import re

import numpy as np
import pytest

from hbfp_hw.ppa.characterise.catalogue import PREFIX, all_cells
from hbfp_hw.ppa.characterise.conditions import LOADS, SLEWS
from hbfp_hw.ppa.expressions import ONES
from hbfp_hw.ppa.lef import MacroSize, check_areas
from hbfp_hw.ppa.liberty import OWN_LIBRARY, read_liberty

SITE = 0.46
"""Width in µm of a site, in which the widths of the cells are counted."""

SITES = {
    "inv_1": 3, "inv_16": 16, "nand2_1": 3, "nor2_1": 3, "a21oi_1": 4, "xor2_1": 7,
    "mux2_1": 9, "maj3_1": 8, "ha_1": 10, "fa_1": 16, "dfxtp_1": 16, "dfxtp_4": 19,
}  # fmt: skip
"""Widths of layouts in sites, read from their LEF files by hand."""

FOUNDRY_DELAY = 80.3
"""Delay in ps of an inverter with a fan-out of four, from the foundry's published tables of inv_1
(``tt_025C_1v80`` in google/skywater-pdk-libs-sky130_fd_sc_hd) by the iteration below."""


@pytest.fixture(scope="module")
def library():
    return read_liberty(OWN_LIBRARY)


def gates(library):
    """Return the cells that are no flops."""
    return [cell for cell in library.cells.values() if not cell.clock]


def all_arcs(library):
    """Return each arc with its cell and its output."""
    return [
        (cell, output, arc)
        for cell in library.cells.values()
        for output in cell.outputs.values()
        for arc in output.arcs
    ]


def kind_of(cell):
    """Return the kind of a cell, such as a21oi."""
    return cell.name.removeprefix(PREFIX).rpartition("_")[0]


def function_of(kind):
    """Return the function of a gate from its name, over the values of its inputs in order."""
    if match := re.fullmatch(r"(n?)(and|or)(\d)b?", kind):
        join = all if match[2] == "and" else any
        return lambda values: join(values) != (match[1] == "n" or kind.startswith("nor"))
    if match := re.fullmatch(r"([ao])(\d+)b?([ao])(i?)", kind):
        inner, outer = (all, any) if match[1] == "a" else (any, all)
        sizes = [int(digit) for digit in match[2]]

        def of_groups(values):
            starts = np.cumsum([0, *sizes])
            groups = [values[a:b] for a, b in itertools.pairwise(starts)]
            return outer(inner(group) for group in groups) != bool(match[4])

        return of_groups
    return {
        "inv": lambda values: not values[0],
        "buf": lambda values: values[0],
        "xor2": lambda values: values[0] != values[1],
        "xnor2": lambda values: values[0] == values[1],
        "mux2": lambda values: values[values[2]],
        "mux2i": lambda values: not values[values[2]],
        "maj3": lambda values: sum(values) >= 2,
    }[kind]


def truth(cell, output, values):
    """Return the bit of the library's function for bits of the pins in alphabetical order."""
    words = {
        pin: np.array([ONES * np.uint64(bit)])
        for pin, bit in zip(sorted(cell.inputs), values, strict=True)
    }
    return bool(output.function(words)[0] & np.uint64(1))


def test_library_has_every_cell_of_the_catalogue(library):
    assert list(library.cells) == [cell.name for cell in all_cells()]
    assert all(cell.usable for cell in library.cells.values())
    assert library.has_energy
    assert library.voltage == 1.8


def test_header_states_origin_and_limits():
    header = OWN_LIBRARY.read_text().partition("*/")[0]
    assert "not the foundry's Liberty file" in header
    assert re.search(r"ngspice \d+", header)
    assert "sky130 0.15.3" in header
    assert "Apache License, Version 2.0" in header
    assert "resistances inside cells" in header


def test_file_is_smaller_than_a_megabyte():
    assert OWN_LIBRARY.stat().st_size < 1_000_000


def test_functions_are_those_of_the_names(library):
    for cell in gates(library):
        inverted = [pin.endswith("_N") for pin in sorted(cell.inputs)]
        for values in itertools.product((0, 1), repeat=len(cell.inputs)):
            bits = [int(bit != flip) for bit, flip in zip(values, inverted, strict=True)]
            if kind_of(cell) in ("ha", "fa"):
                expected = {"SUM": sum(bits) % 2 == 1, "COUT": sum(bits) >= 2}
            else:
                (name,) = cell.outputs
                expected = {name: bool(function_of(kind_of(cell))(bits))}
            found = {name: truth(cell, output, values) for name, output in cell.outputs.items()}
            assert found == expected, (cell.name, values)


def test_arcs_have_the_senses_of_the_functions(library):
    for cell in gates(library):
        pins = sorted(cell.inputs)
        for output in cell.outputs.values():
            expected = {}
            for place, pin in enumerate(pins):
                senses = set()
                for others in itertools.product((0, 1), repeat=len(pins) - 1):
                    low, high = ((*others[:place], bit, *others[place:]) for bit in (0, 1))
                    before, after = truth(cell, output, low), truth(cell, output, high)
                    if before != after:
                        senses.add("positive_unate" if after else "negative_unate")
                expected[pin] = senses.pop() if len(senses) == 1 else "non_unate"
            assert {arc.pin: arc.sense for arc in output.arcs} == expected, cell.name
            assert set(output.energy) == set(expected), cell.name


def test_tables_rise_with_the_load(library):
    for cell, output, arc in all_arcs(library):
        where = (cell.name, output.name, arc.pin)
        for table in (arc.delay.rise, arc.delay.fall, arc.transition.rise, arc.transition.fall):
            assert table.array.shape == (len(LOADS), len(SLEWS)), where
            assert (np.diff(table.array, axis=0) > 0).all(), where
        for table in (arc.transition.rise, arc.transition.fall):
            # A slower input makes an output at most a little faster, as it couples into it.
            assert (np.diff(table.array, axis=1) > -0.1 * table.array[:, 1:]).all(), where


def test_energy_leaves_out_the_load(library):
    """If half of C V² were counted too much, it would be half of the charge's energy."""
    for cell, output, arc in all_arcs(library):
        where = (cell.name, output.name, arc.pin)
        energy = output.energy[arc.pin]
        both = energy.rise.array + energy.fall.array
        charge = energy.rise.loads[-1] * library.voltage**2
        assert (np.abs(both[-1] - both[0]) < 0.06 * charge).all(), where
        assert (both > 0).all(), where


def test_inverter_with_a_fan_out_of_four(library):
    """The edges of a chain of inverters, each loaded with four, settle to one shape."""
    cell = library.cells[PREFIX + "inv_1"]
    (arc,) = cell.outputs["Y"].arcs
    load = 4 * cell.inputs["A"].capacitance
    rise = fall = 0.1
    for _ in range(20):
        rise, fall = arc.transition.rise.at(load, fall), arc.transition.fall.at(load, rise)
    delay = 1000 * (arc.delay.rise.at(load, fall) + arc.delay.fall.at(load, rise)) / 2
    assert delay == pytest.approx(FOUNDRY_DELAY, rel=0.1)


@pytest.mark.parametrize("strength", [1, 2, 4, 8, 16])
def test_energy_of_an_inverter_is_that_of_its_capacitance(library, strength):
    """Half of C V² per edge, where C is the inverter's own: about that of its input."""
    cell = library.cells[f"{PREFIX}inv_{strength}"]
    energy = cell.outputs["Y"].energy["A"]
    per_edge = (energy.rise.array + energy.fall.array)[0, 0] / 2
    half = cell.inputs["A"].capacitance * library.voltage**2 / 2
    assert 0.4 * half < per_edge < 1.2 * half


@pytest.mark.parametrize("kind", ["inv", "buf", "nand2", "nor2"])
def test_drive_strength_scales_leakage_input_and_load(library, kind):
    cells = {
        cell.name.rpartition("_")[2]: cell
        for cell in library.cells.values()
        if kind_of(cell) == kind
    }
    one, four = cells["1"], cells["4"]
    if kind != "buf":  # whose first inverter grows less
        assert 2 < four.leakage / one.leakage < 5
        pin = next(iter(one.inputs))
        ratio = four.inputs[pin].capacitance / one.inputs[pin].capacitance
        assert ratio == pytest.approx(4, rel=0.1)
    (slow,), (fast,) = (
        [out.arcs[0].delay.rise.at(0.02, 0.05) for out in cell.outputs.values()]
        for cell in (one, four)
    )
    assert fast < 0.7 * slow


@pytest.mark.parametrize("strength", [1, 2, 4])
def test_flop(library, strength):
    cell = library.cells[f"{PREFIX}dfxtp_{strength}"]
    (arc,) = cell.outputs["Q"].arcs
    assert (cell.clock, cell.data, arc.pin) == ("CLK", "D", "CLK")
    for edge in (arc.delay.rise, arc.delay.fall):
        assert 0.1 < edge.at(0.005, 0.05) < 0.5
    setup = cell.inputs["D"].setup
    for edge in (setup.rise, setup.fall):
        # Slower data must come earlier, as its middle is the reference.
        assert (np.diff(edge.array[0]) > 0).all()
        assert 0 < edge.at(0, 0.1) < 0.2
    clock, data = cell.inputs["CLK"], cell.inputs["D"]
    # A clock cycle charges the clock inverters and the gates behind them: a few input pins.
    cycle = (clock.energy.rise.array + clock.energy.fall.array)[0, 2]
    assert 1 < cycle / (clock.capacitance * library.voltage**2) < 10
    assert 0.001 < data.capacitance < 0.003
    assert data.energy is not None


def test_areas_are_sizes_of_layouts(library):
    sizes = {PREFIX + name: MacroSize(sites * SITE, 2.72) for name, sites in SITES.items()}
    assert check_areas(library, sizes) == []
    assert sizes.keys() <= library.cells.keys()


def test_leakage_is_that_of_transistors(library):
    """A cell of this process leaks a few pW per µm of channel width."""
    for cell in library.cells.values():
        assert 5e-5 < cell.leakage / cell.area < 1e-2, cell.name
