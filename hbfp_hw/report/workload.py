"""Plot of a training step: cycles by layer."""

from collections.abc import Sequence
from typing import TypedDict

from matplotlib.figure import Figure

from hbfp_hw.plots.draw import new_figure

PRODUCT_COLOURS = {"forward": "#4c78a8", "input_gradient": "#54a24b", "weight_gradient": "#f58518"}
"""Colour of each of the three products of a layer."""

MOST_NAMES = 32
"""Largest number of layers whose names fit below the axis."""

ProductCycles = TypedDict("ProductCycles", {"layer": str, "pass": str, "cycles": int})
"""Cycles of one product of a training step."""


class Phase(TypedDict):
    """Epochs with the same mantissa widths: how many, the first one, and one step's products."""

    epochs: int
    first_epoch: int
    products: Sequence[ProductCycles]


def draw_workload(phases: Sequence[Phase]) -> Figure:
    """Draw the cycles of each layer in a training step, with one panel per phase of the schedule.

    Parameters:
        phases: ``phases`` of the JSON of ``hbfp workload``.
    """
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
