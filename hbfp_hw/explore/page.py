"""Files of a study: figures, plots, and a page that shows them."""

import csv
import io
import json
from collections.abc import Callable, Sequence

from matplotlib.figure import Figure

from hbfp_hw.explore import pictures
from hbfp_hw.explore.study import Data
from hbfp_hw.explore.tables import distances_table, landscape_table, sensitivity_table
from hbfp_hw.helpers.display import in_words
from hbfp_hw.plots import markup
from hbfp_hw.plots.draw import render

RESULT, VALUES, PAGE = "result.json", "points.csv", "index.html"

TABLES: dict[str, Callable[[Data], list[str]]] = {
    "distances": distances_table,
    "landscape": landscape_table,
    "sensitivity": sensitivity_table,
}

TITLES = {
    "distances": "Tensors and their HBFP versions",
    "landscape": "Loss landscapes",
    "sensitivity": "Sensitivity of layers",
}

Picture = tuple[str, str, Callable[[Data], Figure]]

PICTURES: dict[str, tuple[Picture, ...]] = {
    "distances": (
        (
            "distances",
            "Wasserstein-1 distance of each tensor to its HBFP version after the last epoch. A row "
            "is a tensor of a layer and the product that converts it, a column a format.",
            pictures.draw_distances,
        ),
        (
            "epochs",
            "The same by epoch, in the narrowest mantissas, mean of both products of a tensor.",
            pictures.draw_epochs,
        ),
        (
            "sqnr",
            "Signal to quantisation noise ratio as measured and as predicted for Gaussian values "
            "of the same power, with as many zeros: all layers, products, epochs and formats.",
            pictures.draw_sqnr,
        ),
    ),
    "landscape": (
        (
            "lines",
            "Loss along random filter-normalised directions; each network in its own arithmetic.",
            pictures.draw_lines,
        ),
        (
            "planes",
            "Loss on the plane of the first two directions, around the network (+) of the first "
            "seed.",
            pictures.draw_planes,
        ),
    ),
    "sensitivity": (
        (
            "sensitivity",
            "Accuracy of networks of which one layer, or all, train in few bits and all else in "
            "FP32: difference to FP32 seed by seed, with 95 % intervals.",
            pictures.draw_sensitivity,
        ),
    ),
}
"""Name, what it shows, and how it is drawn."""


def files(summary: Data) -> dict[str, bytes]:
    """The files of a study, by name; the same summary gives the same bytes.

    Parameters:
        summary: Result of :func:`hbfp_hw.explore.study.explore`.
    """
    summary = json.loads(json.dumps(summary))
    drawn = [
        (name, text, draw(summary))
        for name, text, draw in PICTURES[summary["study"]]
        if name != "planes" or summary["settings"]["grid"]
    ]
    return {
        RESULT: (json.dumps(summary, indent=1) + "\n").encode(),
        VALUES: _csv(_rows(summary)).encode(),
        **{f"{name}.svg": render(figure, "svg") for name, _, figure in drawn},
        PAGE: _page(summary, drawn).encode(),
    }


def _rows(summary: Data) -> Sequence[Data]:
    if summary["study"] == "distances":
        return summary["results"]
    if summary["study"] == "landscape":
        return summary["points"]
    return [
        {
            **{name: row[name] for name in ("mantissa_bits", "layer", "name")},
            "seed": seed,
            "accuracy": accuracy,
        }
        for row in summary["results"]
        for seed, accuracy in zip(row["seeds"], row["accuracy"], strict=True)
    ]


def _csv(rows: Sequence[Data]) -> str:
    content = io.StringIO()
    writer = csv.DictWriter(content, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return content.getvalue()


def _page(summary: Data, drawn: Sequence[tuple[str, str, Figure]]) -> str:
    name = summary["study"]
    settings = [[key, in_words(value)] for key, value in summary["settings"].items()]
    return markup.page(
        TITLES[name],
        [
            markup.paragraph(
                f"Made by `hbfp explore {name}`. `{RESULT}` has all figures, `{VALUES}` those of "
                "every point as a table, and every plot is a file of its own."
            ),
            *(markup.picture(key, text, figure) for key, text, figure in drawn),
            markup.heading("Figures"),
            f"<pre>{markup.marked(chr(10).join(TABLES[name](summary)))}</pre>",
            markup.heading("Settings"),
            markup.table("What decides the study", ("setting", "value"), settings),
        ],
    )
