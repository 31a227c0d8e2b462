"""Units and tables of Liberty files."""

import re
from itertools import permutations

import pytest

from hbfp_hw.ppa.liberty_text import Group, parse_liberty
from hbfp_hw.ppa.liberty_units import TableReader, Units
from hbfp_hw.ppa.tables import Table

AXES = {
    "input_net_transition": "0.1, 0.2",
    "total_output_net_capacitance": "1, 2, 3",
    "related_pin_transition": "5, 6, 7",
}


def library(text: str) -> Group:
    """Return a library with the given contents."""
    return parse_liberty(f"library(x) {{ {text} }}")


def read(table: str, templates: str = "", factor: float = 1.0) -> Table:
    """Return the table ``t`` of a library in ns and pF."""
    group = library(templates + table)
    (found,) = group.of_kind("t")
    return TableReader(group, Units.of(group)).table(found, factor)


def test_default_units() -> None:
    assert Units.of(library("")) == Units(1.0, 1.0, 1.0, 1.0, 1.0)


def test_other_units() -> None:
    units = Units.of(
        library(
            'time_unit : "10ps"; capacitive_load_unit(2, ff); leakage_power_unit : "1uW";'
            'voltage_unit : "100mV"; nom_voltage : 18;'
        )
    )
    assert units.time == pytest.approx(0.01)
    assert units.capacitance == pytest.approx(0.002)
    assert units.leakage == pytest.approx(1000.0)
    assert units.voltage == pytest.approx(1.8)
    assert units.energy == pytest.approx(0.002 * 0.01)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('time_unit : "1n";', "Unit in a Liberty file must be a number of s, not '1n'"),
        ('time_unit : "ns";', "Unit in a Liberty file must be a number of s, not 'ns'"),
        ('voltage_unit : "1W";', "Unit in a Liberty file must be a number of V, not '1W'"),
        ('leakage_power_unit : "1GW";', "Unit in a Liberty file must be a number of W, not '1GW'"),
        ("capacitive_load_unit(1, pl);", "Unit in a Liberty file must be a number of F, not '1pl'"),
        (
            "capacitive_load_unit(1);",
            "Unit of capacitance must be a number and a unit, not ['1']",
        ),
        ('time_unit : "1.2.3ns";', "Value in a Liberty file must be a number, not '1.2.3'"),
    ],
)
def test_errors_of_units(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Units.of(library(text))


@pytest.mark.parametrize("order", list(permutations(AXES)))
def test_axes_in_any_order(order: tuple[str, ...]) -> None:
    """The value at slew number s, load l and clock slew c is 100 s + 10 l + c."""
    sizes = [AXES[name].count(",") + 1 for name in order]
    weights = [{"i": 100, "t": 10, "r": 1}[name[0]] for name in order]
    values = [
        weights[0] * i + weights[1] * j + weights[2] * k
        for i in range(sizes[0])
        for j in range(sizes[1])
        for k in range(sizes[2])
    ]
    variables = " ".join(f"variable_{n} : {name};" for n, name in enumerate(order, 1))
    axes = " ".join(f'index_{n}("{AXES[name]}");' for n, name in enumerate(order, 1))
    table = read(
        f't(m) {{ values("{", ".join(map(str, values))}"); }}',
        f"lu_table_template(m) {{ {variables} {axes} }}",
    )
    assert table == Table((1.0, 2.0, 3.0), (0.1, 0.2), ((1.0, 101.0), (11.0, 111.0), (21.0, 121.0)))


def test_own_axes_stand_before_those_of_the_template() -> None:
    templates = """power_lut_template(m) {
        variable_1 : total_output_net_capacitance; variable_2 : input_transition_time;
        index_1("1, 2"); index_2("3, 4"); }"""
    table = read('t(m) { index_2("5, 6"); values("1, 2", "3, 4"); }', templates, factor=10.0)
    assert table == Table((1.0, 2.0), (5.0, 6.0), ((10.0, 20.0), (30.0, 40.0)))


def test_tables_of_one_axis() -> None:
    templates = """lu_table_template(l) { variable_1 : total_output_net_capacitance; }
        lu_table_template(s) { variable_1 : constrained_pin_transition; }"""
    axis = 'index_1("1, 2"); values("3, 4");'
    assert read(f"t(l) {{ {axis} }}", templates) == Table((1.0, 2.0), (0.0,), ((3.0,), (4.0,)))
    assert read(f"t(s) {{ {axis} }}", templates) == Table((0.0,), (1.0, 2.0), ((3.0, 4.0),))


def test_tables_without_a_template() -> None:
    assert read('t(scalar) { values("7"); }') == Table((0.0,), (0.0,), ((7.0,),))
    table = read('t() { index_1("1, 2"); index_2("3, 4"); values("5, 6", "7, 8"); }')
    assert table == Table((3.0, 4.0), (1.0, 2.0), ((5.0, 7.0), (6.0, 8.0)))


def test_axes_have_the_units_of_the_file() -> None:
    table = read(
        't() { index_1("10, 20"); index_2("3, 4"); values("5, 6", "7, 8"); }',
        'time_unit : "1ps"; capacitive_load_unit(1, ff);',
    )
    assert table.slews == pytest.approx((0.01, 0.02))
    assert table.loads == pytest.approx((0.003, 0.004))


@pytest.mark.parametrize(
    ("table", "axes", "size"),
    [
        ('t() { index_1("1, 2"); values("1, 2, 3"); }', "2", 3),
        ('t() { index_1("1, 2"); index_2("1, 2"); values("1, 2", "3"); }', "2 x 2", 3),
        ('t() { values("1, 2"); }', "1", 2),
        ("t() { }", "1", 0),
    ],
)
def test_values_fit_the_axes(table: str, axes: str, size: int) -> None:
    message = f"Values of table t must fit its axes of {axes}, not be {size}"
    with pytest.raises(ValueError, match=f"^{message}$"):
        read(table)


def test_variables_are_known() -> None:
    with pytest.raises(
        ValueError, match=r"^Variable of a table must be a load or a slew, not 'x'$"
    ):
        read('t(m) { index_1("1"); values("1"); }', "lu_table_template(m) { variable_1 : x; }")


def test_mean_of_tables() -> None:
    """The mean is taken on the grid of the first table, where the others are interpolated."""
    group = library("""lu_table_template(m) { variable_1 : input_transition_time; }
        t(m) { index_1("1, 2"); values("10, 20"); } t(m) { index_1("1, 3"); values("30, 50"); }""")
    reader = TableReader(group, Units.of(group))
    tables = list(group.of_kind("t"))
    assert reader.mean(tables, 2.0) == Table((0.0,), (1.0, 2.0), ((40.0, 60.0),))
    assert reader.mean(tables[:1], 2.0) == Table((0.0,), (1.0, 2.0), ((20.0, 40.0),))
    assert reader.mean([], 2.0) == Table((0.0,), (0.0,), ((0.0,),))
