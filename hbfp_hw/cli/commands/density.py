"""``hbfp density``: the paper's analytic models of arithmetic density."""

import argparse
from pathlib import Path

from hbfp_hw.cli.operands import write_file
from hbfp_hw.cli.output import check_plot_file, report
from hbfp_hw.cli.progress import progress_bar
from hbfp_hw.density import PAPER, Components, density
from hbfp_hw.density.tables import BLOCK_SIZES, TILES, DensityTables

SHOWN = (4, 5, 6, 8)
"""Mantissa widths of the printed tables, as in the paper; the JSON has 2 to 8."""


def run(options: argparse.Namespace) -> int:
    """Compute the tables, draw and print."""
    if options.plot is not None:
        check_plot_file(options.plot)
    tables = density(_components(options.components))
    printed: dict[str, object] = {**tables}
    if options.plot is not None:
        _draw(options.plot, tables)
        printed["plot"] = str(options.plot)
    report(options, printed, _lines(tables))
    return 0


def _components(name: str) -> Components:
    if name == "paper":
        return PAPER
    # Imported here because the paper's components need no hardware.
    from hbfp_hw.density.measured import measure_components

    with progress_bar("component") as progress:
        return measure_components(progress=progress)


def _draw(path: Path, tables: DensityTables) -> None:
    # Imported here because Matplotlib takes a second to import.
    from hbfp_hw.plots.draw import render
    from hbfp_hw.report.density import draw_density

    write_file(path, render(draw_density(tables), path.suffix[1:]))


def _lines(tables: DensityTables) -> list[str]:
    components = tables["components"]
    lines = [f"components  {components['name']}, {components['unit']}: {components['source']}"]
    for title, table, size, letter, sizes in (
        (
            "dot-product unit of N lanes (paper, version 2)",
            tables["dot_product"],
            "block_size",
            "N",
            BLOCK_SIZES,
        ),
        (
            "systolic array, tiles of b by b elements share an exponent (version 3)",
            tables["systolic"],
            "tile",
            "b",
            TILES,
        ),
    ):
        heads = "".join(f"{f'{letter}={value}':>15}" for value in sizes)
        lines += ["", f"density over FP32 (over BF16), {title}", f"{'':5}{heads}"]
        for bits in SHOWN:
            rows = {row[size]: row for row in table if row["mantissa_bits"] == bits}
            texts = [
                f"{rows[value]['gain_fp32']:.2f} ({rows[value]['gain_bf16']:.2f})"
                for value in sizes
            ]
            lines.append(f"HBFP{bits}" + "".join(f"{text:>15}" for text in texts))
    lines.append("")
    lines += [f"{name:40} {value:.2f}" for name, value in tables["headline"].items()]
    return lines + [f"* {remark}" for remark in tables["remarks"]]
