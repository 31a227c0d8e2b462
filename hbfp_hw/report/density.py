"""Plot of the analytic models."""

from matplotlib.figure import Figure

from hbfp_hw.density.tables import DensityTables
from hbfp_hw.plots.draw import COLOURS, new_figure
from hbfp_hw.plots.scales import plain_ticks, value_axis


def draw_density(tables: DensityTables) -> Figure:
    """Draw both models: density gain over FP32 by block size or tile, one line per mantissa width.

    Parameters:
        tables: Result of :func:`hbfp_hw.density.density`.
    """
    figure = new_figure(2, share_y=True)
    left, right = figure.axes
    for axes, table, size in (
        (left, tables["dot_product"], "block_size"),
        (right, tables["systolic"], "tile"),
    ):
        for bits, colour in COLOURS.items():
            rows = [row for row in table if row["mantissa_bits"] == bits]
            sizes, gains = [row[size] for row in rows], [row["gain_fp32"] for row in rows]
            axes.plot(sizes, gains, marker="o", color=colour, label=f"HBFP{bits}")
        value_axis(axes, [row[size] for row in table])
        axes.set_yscale("log")
        plain_ticks(axes.yaxis)
    name = tables["components"]["name"]
    left.set(title=f"Dot-product unit, {name} components", xlabel="block size N")
    right.set(title=f"Systolic array, {name} components", xlabel="tile b")
    left.set_ylabel("density over FP32")
    figure.legend(*left.get_legend_handles_labels(), loc="outside right upper")
    return figure
