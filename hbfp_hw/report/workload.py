"""Plot of a training step: cycles by layer."""

from matplotlib.figure import Figure

from hbfp_hw.booster.report import WorkloadRecord
from hbfp_hw.plots.draw import new_figure

PRODUCT_COLOURS = {"forward": "#4c78a8", "input_gradient": "#54a24b", "weight_gradient": "#f58518"}
"""Colour of each of the three products of a layer."""

MOST_NAMES = 32
"""Largest number of layers whose names fit below the axis."""


def draw_workload(result: WorkloadRecord) -> Figure:
    """Draw the cycles of each layer in a training step, with one panel per phase of the schedule.

    Parameters:
        result: The JSON of ``hbfp workload``.
    """
    phases = result["phases"]
    figure = new_figure(len(phases), width=6.0 * len(phases), share_y=True)
    layers = list(dict.fromkeys(row["layer"] for row in phases[0]["products"]))
    positions = {layer: position for position, layer in enumerate(layers)}
    for axes, phase in zip(figure.axes, phases, strict=True):
        bottoms = [0.0] * len(layers)
        for name, colour in PRODUCT_COLOURS.items():
            rows = [row for row in phase["products"] if row["pass"] == name]
            at = [positions[row["layer"]] for row in rows]
            heights = [row["cycles"] / 1e6 for row in rows]
            axes.bar(
                at,
                heights,
                bottom=[bottoms[position] for position in at],
                color=colour,
                label=name.replace("_", " "),
            )
            for position, height in zip(at, heights, strict=True):
                bottoms[position] += height
        epochs = "epoch" if phase["epochs"] == 1 else "epochs"
        axes.set_title(f"{phase['epochs']} {epochs} from epoch {phase['first_epoch'] + 1} on")
        if len(layers) <= MOST_NAMES:
            axes.set_xticks(range(len(layers)), layers, rotation=90, fontsize=7)
        else:
            axes.set_xlabel("layer")
        axes.grid(visible=False, axis="x")
    figure.axes[0].set_ylabel("million cycles of a training step")
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside right upper")
    return figure
