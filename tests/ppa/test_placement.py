"""Placement: legal, short, repeatable; wires that follow from it; errors."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from hbfp_hw.helpers.processes import ToolError
from hbfp_hw.ppa import floorplan
from hbfp_hw.ppa.liberty import Cell, Input
from hbfp_hw.ppa.netlist import Gate, Netlist
from hbfp_hw.ppa.placement import CAP_PER_UM, place
from hbfp_hw.ppa.placer import PlacerMissing, PlacerRun, placer_version
from tests.ppa.netlists import CELLS, HAS_PLACER, LIBRARY, ROW, chain

pytestmark = pytest.mark.skipif(not HAS_PLACER, reason="coloquinte has no wheel for this system")

COUNT = 400


def shuffled_chain(count):
    """Return a chain whose gates are listed in random order."""
    rng = np.random.default_rng(7)
    made = chain(rng.choice(list(CELLS), count).tolist())
    return replace(made, gates=[made.gates[number] for number in rng.permutation(count)])


@pytest.fixture(scope="module")
def placed():
    return place(shuffled_chain(COUNT), LIBRARY)


def total_length(netlist, x, y, ports):
    """Return the sum of the half perimeters of a chain, whose nets have two pins each."""
    ends = {}
    for number, gate in enumerate(netlist.gates):
        for net in (gate.inputs["A"], gate.outputs["X"]):
            ends.setdefault(net, []).append((x[number], y[number]))
    for port in ports:
        ends[port.net].append((port.x, port.y))
    return sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in ends.values())


def rows_of(placement):
    """Return the left and right edges of the cells of each row, from left to right."""
    rows = np.rint(placement.y / ROW).astype(int)
    assert placement.y == pytest.approx(rows * ROW)
    found = {}
    for row in range(round(placement.height / ROW)):
        inside = np.flatnonzero(rows == row)
        inside = inside[np.argsort(placement.x[inside])]
        found[row] = placement.x[inside], placement.x[inside] + placement.widths[inside]
    assert sum(len(left) for left, _ in found.values()) == len(rows)
    return found


def check_legal(placement):
    """Check that no cell overlaps another one or the edge of the die."""
    rows = rows_of(placement)
    assert len(rows) > 10
    for left, right in rows.values():
        assert np.all(right[:-1] <= left[1:] + 1e-9)
        assert np.all(left >= 0)
        assert np.all(right <= placement.width + 1e-9)


def test_no_cell_overlaps_and_all_are_on_the_die(placed):
    check_legal(placed)


def test_size_of_the_die(placed):
    """The die has the area of the cells over the utilisation, and is nearly square."""
    area = sum(gate.cell.area for gate in placed.netlist.gates)
    assert placed.widths.sum() * ROW == pytest.approx(area)
    assert placed.width * placed.height == pytest.approx(area / 0.7, rel=0.01)
    assert placed.utilisation == pytest.approx(0.7, rel=0.01)
    assert placed.width == pytest.approx(placed.height, rel=0.1)


def test_neighbours_in_a_chain_are_near(placed):
    """The wires are a fraction of those between random places, and not far from the least."""
    x, y = placed.x + placed.widths / 2, placed.y + ROW / 2
    order = np.random.default_rng(3).permutation(COUNT)
    random = total_length(placed.netlist, x[order], y[order], placed.ports)
    assert placed.wire_length < random / 5
    assert placed.wire_length < 3 * placed.widths.sum()


def test_half_perimeters(placed):
    x, y = placed.x + placed.widths / 2, placed.y + ROW / 2
    assert set(placed.half_perimeters) == set(range(2, 3 + COUNT))
    assert placed.wire_length == pytest.approx(total_length(placed.netlist, x, y, placed.ports))


def test_half_perimeter_of_a_net_with_many_pins():
    """One buffer drives all others: the net is the box around their centres."""
    gates = [Gate("driver", CELLS["buffer3"], {"A": 2}, {"X": 3})]
    gates += [
        Gate(f"reader{n}", CELLS["buffer5"], {"A": 3, "B": 3}, {"X": 4 + n}) for n in range(30)
    ]
    found = place(Netlist("fan", gates, {"a": [2]}, {"y": [4, 5]}, 34), LIBRARY)
    x, y = found.x + found.widths / 2, found.y + ROW / 2
    box = x.max() - x.min() + y.max() - y.min()
    assert found.half_perimeters[3] == pytest.approx(box)
    assert set(found.half_perimeters) == {2, 3, 4, 5}  # the other nets have one pin


def test_ports_are_around_the_edge():
    gates = [Gate("g", CELLS["buffer3"], {"A": 2}, {"X": 20})]
    netlist = Netlist("ports", gates, {"a": [2, 3, 4], "b": [5, 0]}, {"y": [20, 21, 1, 22, 23]}, 24)
    found = place(netlist, LIBRARY)
    assert [(port.name, port.net) for port in found.ports] == [
        *(("a", net) for net in (2, 3, 4)),
        ("b", 5),
        *(("y", net) for net in (20, 21, 22, 23)),
    ]  # constants have no place
    width, height = found.width, found.height
    edge = []
    for port in found.ports:
        assert port.x in (0, width) or port.y in (0, height)
        if port.y == 0:
            edge.append(port.x)
        elif port.x == width:
            edge.append(width + port.y)
        elif port.y == height:
            edge.append(2 * width + height - port.x)
        else:
            edge.append(2 * (width + height) - port.y)
    assert edge == pytest.approx([n * (width + height) / 4 for n in range(8)], abs=0.02)


def test_same_again(placed):
    again = place(shuffled_chain(COUNT), LIBRARY)
    assert np.array_equal(again.x, placed.x)
    assert np.array_equal(again.y, placed.y)
    assert again.half_perimeters == placed.half_perimeters


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize("utilisation", [0.3, 1.0])
def test_few_cells_fit(count, utilisation):
    found = place(chain(["buffer8", "buffer3"] * count), LIBRARY, utilisation=utilisation)
    assert found.utilisation <= utilisation


def test_options():
    """Less utilisation makes a larger die, a lower row wider cells."""
    netlist = chain(["buffer5"] * 60)
    dense, loose = (place(netlist, LIBRARY, utilisation=each) for each in (0.9, 0.45))
    assert loose.width * loose.height == pytest.approx(2 * dense.width * dense.height, rel=0.1)
    low = place(netlist, LIBRARY, row_height=ROW / 2)
    assert low.widths == pytest.approx(2 * dense.widths)
    assert low.row_height == ROW / 2
    assert len(set(low.y)) > len(set(dense.y))


def test_spread_cells(placed):
    """Each cell has half of its free space on each side; the wires are longer for that."""
    spread = place(placed.netlist, LIBRARY, spread=True)
    assert np.array_equal(spread.widths, placed.widths)
    assert spread.utilisation == pytest.approx(0.7, rel=0.06)
    assert 1.05 * placed.wire_length < spread.wire_length < 1.5 * placed.wire_length
    check_legal(spread)
    gaps = []
    for left, right in rows_of(spread).values():
        widths = right - left
        free = (0.97 / 0.7 - 1) * (widths[:-1] + widths[1:]) / 2
        gaps += (left[1:] - right[:-1] - free).tolist()
    assert min(gaps) > -0.03  # rounded to units of 0.01 µm
    assert np.median(gaps) < 0.03
    dense = place(placed.netlist, LIBRARY, spread=True, utilisation=0.98)
    assert dense.utilisation <= 0.98  # no space to share


def test_areas_are_those_of_the_library():
    """Another library, with corrected areas, decides the widths."""
    cells = CELLS | {"buffer5": replace(CELLS["buffer5"], area=10 * ROW)}
    found = place(chain(["buffer5", "buffer3"]), replace(LIBRARY, cells=cells))
    assert found.widths == pytest.approx([10, 3 * 0.46])


def test_a_net_of_too_many_pins_is_left_out(monkeypatch):
    """A clock with more pins than the limit has no wire; at the limit it has one."""
    flop = Cell(
        "flop", 20.0, 0.0, {"CLK": Input("CLK", 0.002)}, CELLS["buffer3"].outputs, "CLK", "D"
    )
    gates = [Gate(f"flop{n}", flop, {"CLK": 2}, {"X": 3 + n}) for n in range(20)]
    netlist = Netlist("flops", gates, {}, {"q": list(range(3, 23))}, 23)
    library = replace(LIBRARY, cells={"flop": flop})
    assert floorplan.MOST_PINS == 2000
    for most, clocks in ((20, {2}), (19, set())):
        monkeypatch.setattr(floorplan, "MOST_PINS", most)
        assert set(place(netlist, library).half_perimeters) == {*range(3, 23), *clocks}


def test_wires(placed):
    assert CAP_PER_UM == 0.15e-3  # fF/µm in pF/µm
    wires = placed.wires()
    assert set(wires) == set(placed.half_perimeters)
    assert sum(wires.values()) == pytest.approx(0.15e-3 * placed.wire_length)
    assert placed.wires(0.3e-3)[5] == pytest.approx(2 * wires[5])
    assert set(placed.wires(0).values()) == {0}


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        ("0.1", TypeError, r"Capacitance per µm must be a number, not '0\.1'"),
        (-1.0, ValueError, r"Capacitance per µm must be at least 0, not -1\.0"),
        (float("nan"), ValueError, "Capacitance per µm must be finite, not nan"),
    ],
)
def test_bad_capacitances(placed, value, error, said):
    with pytest.raises(error, match=f"^{said}$"):
        placed.wires(value)


@pytest.mark.parametrize(
    ("option", "error", "said"),
    [
        ({"utilisation": 0}, ValueError, "Utilisation must be above 0 and at most 1, not 0"),
        ({"utilisation": 1.5}, ValueError, r"Utilisation must be above 0 and at most 1, not 1\.5"),
        ({"utilisation": "high"}, TypeError, "Utilisation must be a number, not 'high'"),
        ({"row_height": 0}, ValueError, "Row height must be above 0 µm, not 0"),
        ({"row_height": True}, TypeError, "Row height must be a number, not True"),
        ({"effort": 10}, ValueError, "Effort of the placer must be 1 to 9, not 10"),
        ({"effort": 1.5}, TypeError, r"Effort of the placer must be an integer, not 1\.5"),
    ],
)
def test_bad_options(option, error, said):
    with pytest.raises(error, match=f"^{said}$"):
        place(chain(["buffer3"]), LIBRARY, **option)


def test_netlists_that_cannot_be_placed():
    with pytest.raises(ValueError, match=r"^Netlist of chain must have a gate to be placed$"):
        place(replace(chain(["buffer3"]), gates=[]), LIBRARY)
    other = replace(LIBRARY, cells={"buffer5": CELLS["buffer5"]})
    with pytest.raises(
        ValueError, match=r"^Cells of a netlist must be of library buffers, not 'buffer3'$"
    ):
        place(chain(["buffer3"]), other)


def test_time_limit_and_log(tmp_path):
    """The placer is stopped; the error names the log, to which its output goes."""
    log = tmp_path / "place.log"
    with pytest.raises(ToolError, match=r"^coloquinte was stopped after its .*; see .*place\.log$"):
        place(chain(["buffer3"] * 50), LIBRARY, run=PlacerRun(timeout=0.01, log=log))
    place(chain(["buffer3"] * 50), LIBRARY, run=PlacerRun(log=log))
    assert "Global placement" in log.read_text()


def test_coloquinte_is_missing(monkeypatch):
    assert placer_version() == "0.4.1"
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    said = (
        r"^coloquinte, which places cells, is not installed: run `pip install 'hbfp_hw\[ppa\]'` "
        r"with Python 3\.11 or 3\.12 on Linux$"
    )
    with pytest.raises(PlacerMissing, match=said):
        placer_version()
    with pytest.raises(PlacerMissing, match=said):
        place(chain(["buffer3"]), LIBRARY)
