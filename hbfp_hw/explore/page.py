"""Files of a study: its result, its points, its plots, and a page that shows them."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from hbfp_hw.explore import pictures
from hbfp_hw.explore.records import Summary
from hbfp_hw.explore.tables import distances_table, landscape_table, sensitivity_table
from hbfp_hw.helpers.display import in_words
from hbfp_hw.plots import markup
from hbfp_hw.plots.draw import render

RESULT, VALUES, PAGE = "result.json", "points.csv", "index.html"
"""Names of the files."""

TABLES: dict[str, Callable[[Any], list[str]]] = {
    "distances": distances_table,
    "landscape": landscape_table,
    "sensitivity": sensitivity_table,
}
"""By study: the function that returns the text table of its summary."""

TITLES = {
    "distances": "Tensors and their HBFP versions",
    "landscape": "Loss landscapes",
    "sensitivity": "Sensitivity of layers",
}


class Picture(NamedTuple):
    """A plot of a study.

    Members:
        name: Name of its file, without the suffix.
        caption: Text below it.
        draw: Draws it from the study's summary.
    """

    name: str
    caption: str
    draw: Callable[[Any], Figure]


PICTURES: dict[str, tuple[Picture, ...]] = {
    "distances": (
        Picture(
            "distances",
            "Wasserstein-1 distance of each tensor to its HBFP version after the last epoch. Rows "
            "are tensors with the product that converts them, columns are formats.",
            pictures.draw_distances,
        ),
        Picture(
            "epochs",
            "The same distance by epoch, for the narrowest mantissas: mean of both products of a "
            "tensor.",
            pictures.draw_epochs,
        ),
        Picture(
            "sqnr",
            "Signal to quantisation noise ratio, measured, and predicted for Gaussian values with "
            "the same power and share of zeros: all layers, products, epochs and formats.",
            pictures.draw_sqnr,
        ),
    ),
    "landscape": (
        Picture(
            "lines",
            "Loss along random filter-normalised directions, each network in its own formats.",
            pictures.draw_lines,
        ),
        Picture(
            "planes",
            "Loss on the plane of the first two directions, around the network (+) of the first "
            "seed.",
            pictures.draw_planes,
        ),
    ),
    "sensitivity": (
        Picture(
            "sensitivity",
            "Accuracy of networks in which one layer, or all of them, train in few bits and the "
            "rest in FP32: difference from FP32 seed by seed, with 95 % intervals.",
            pictures.draw_sensitivity,
        ),
    ),
}
"""Plots of each study."""


def files(summary: Summary) -> dict[str, bytes]:
    """Return the files of a study by name. Equal summaries give equal bytes.

    Parameters:
        summary: Result of :func:`hbfp_hw.explore.study.explore`.
    """
    summary = json.loads(json.dumps(summary))
    drawn = [
        (picture.name, picture.caption, picture.draw(summary))
        for picture in PICTURES[summary["study"]]
        if not (summary["study"] == "landscape" and picture.name == "planes")
        or summary["settings"]["grid"]
    ]
    return {
        RESULT: (json.dumps(summary, indent=1) + "\n").encode(),
        VALUES: _csv(_rows(summary)).encode(),
        **{f"{name}.svg": render(figure, "svg") for name, _, figure in drawn},
        PAGE: _page(summary, drawn).encode(),
    }


def _rows(summary: Summary) -> Sequence[Mapping[str, object]]:
    """Return the points of a study, one for each line of the CSV file."""
    if summary["study"] == "distances":
        return summary["results"]
    if summary["study"] == "landscape":
        return summary["points"]
    return [
        {
            "mantissa_bits": row["mantissa_bits"],
            "layer": row["layer"],
            "name": row["name"],
            "seed": seed,
            "accuracy": accuracy,
        }
        for row in summary["results"]
        for seed, accuracy in zip(row["seeds"], row["accuracy"], strict=True)
    ]


def _csv(rows: Sequence[Mapping[str, object]]) -> str:
    content = io.StringIO()
    writer = csv.DictWriter(content, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return content.getvalue()


def _page(summary: Summary, drawn: Sequence[tuple[str, str, Figure]]) -> str:
    name = summary["study"]
    settings = [[key, in_words(value)] for key, value in summary["settings"].items()]
    return markup.page(
        TITLES[name],
        [
            markup.paragraph(
                f"Made by `hbfp explore {name}`. `{RESULT}` has all figures and `{VALUES}` every "
                "point as a table. Every plot is also a file of its own."
            ),
            *(markup.picture(key, text, figure) for key, text, figure in drawn),
            markup.heading("Figures"),
            f"<pre>{markup.marked(chr(10).join(TABLES[name](summary)))}</pre>",
            markup.heading("Settings"),
            markup.table("Everything that decides the study", ("setting", "value"), settings),
        ],
    )
