"""Interpolation in tables against values computed by hand."""

import numpy as np
import pytest

from hbfp_hw.ppa.tables import Table

TABLE = Table(
    loads=(0.01, 0.03, 0.07),
    slews=(0.1, 0.2),
    values=((1.0, 2.0), (3.0, 6.0), (11.0, 10.0)),
)


@pytest.mark.parametrize(
    ("load", "slew", "value"),
    [
        # points of the grid
        (0.01, 0.1, 1.0),
        (0.03, 0.2, 6.0),
        (0.07, 0.1, 11.0),
        (0.07, 0.2, 10.0),
        # along one axis
        (0.02, 0.1, 2.0),
        (0.01, 0.15, 1.5),
        (0.04, 0.1, 5.0),
        # within a cell of the grid
        (0.02, 0.15, 3.0),
        (0.06, 0.175, 9.0),  # between 5.25 and 10.25
        # beyond the edges: the line of the last segment goes on
        (0.0, 0.1, 0.0),
        (0.11, 0.1, 19.0),
        (0.01, 0.3, 3.0),
        (0.01, 0.0, 0.0),
        (0.11, 0.0, 24.0),  # beyond 0 and 12
        (0.0, 0.3, 0.0),  # beyond 3 and 9
    ],
)
def test_value(load: float, slew: float, value: float) -> None:
    assert TABLE.at(load, slew) == pytest.approx(value, abs=1e-12)


def test_an_axis_of_one_point_has_no_effect() -> None:
    by_slew = Table((0.0,), (0.1, 0.2), ((1.0, 2.0),))
    assert by_slew.at(7.0, 0.15) == by_slew.at(0.0, 0.15) == pytest.approx(1.5)
    by_load = Table((0.1, 0.2), (0.0,), ((1.0,), (2.0,)))
    assert by_load.at(0.15, 7.0) == by_load.at(0.15, 0.0) == pytest.approx(1.5)
    assert Table((0.0,), (0.0,), ((4.0,),)).at(1.0, 2.0) == 4.0


def test_array_has_rows_of_loads() -> None:
    np.testing.assert_array_equal(TABLE.array, [[1.0, 2.0], [3.0, 6.0], [11.0, 10.0]])


@pytest.mark.parametrize(
    ("loads", "slews", "axis"),
    [((0.1, 0.1), (0.1,), r"\(0\.1, 0\.1\)"), ((0.1,), (0.2, 0.1), r"\(0\.2, 0\.1\)")],
)
def test_axes_ascend(loads: tuple[float, ...], slews: tuple[float, ...], axis: str) -> None:
    with pytest.raises(ValueError, match=rf"^Axis of a table must ascend, not be {axis}$"):
        Table(loads, slews, ((1.0, 2.0),))
