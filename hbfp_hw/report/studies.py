"""The section of a report on sensitivity."""

from collections.abc import Sequence

from hbfp_hw.plots import markup
from hbfp_hw.plots.markup import Data, number
from hbfp_hw.report.plots import draw_ratios


def sensitivity_section(data: Data) -> list[str]:
    """The studies of choices of the tool and of the designer."""
    bits, size = data["plan"]["study"]
    studies, what = data["sensitivity"], f"HBFP{bits}, N = {size}"
    parts = [
        markup.heading("Sensitivity"),
        markup.paragraph(
            f"All for {what}. Ratios are between units measured in the same way, so a flow that "
            "is worse for all of them may change little."
        ),
    ]
    for key, title, note in STUDIES:
        rows = studies[key]
        parts += [
            markup.picture(
                key, f"{title}: density over FP32", draw_ratios(rows, "density over FP32")
            ),
            _study_table(f"{title}, {what}", rows),
            markup.paragraph(note),
        ]
    if data["releases"]:
        rows = [row | {"variant": f"pyosys {row['pyosys']}"} for row in data["releases"]]
        parts.append(_study_table(f"Releases of Yosys, {what}", rows))
    else:
        parts.append(
            markup.paragraph(
                "Releases of Yosys: not compared in this run. Name the Python interpreters of "
                "environments with other releases of pyosys, as in `hbfp report -o DIR --pyosys "
                "other/bin/python`. The Yosys that Amaranth brings cannot take part: it has "
                "neither `synth` nor ABC."
            )
        )
    return [*parts, markup.commands("hbfp report -o DIR")]


STUDIES = (
    (
        "flow",
        "Options of synthesis",
        "The booth pass finds only multiplications that are written as such, which these units do "
        "not have. `cmos` has cells for XOR, XNOR and multiplexers, which `cmos4` has not. ABC's "
        "default script aims at delay.",
    ),
    (
        "lanes",
        "How lanes multiply and add",
        "The dot product alone, without normalisation and accumulation. The first four are what "
        "one would write down; the heap takes the partial products of all lanes at once.",
    ),
    (
        "parts",
        "Accumulator and converters in and out",
        "`dot` is the exact dot product alone, `mac` that and FP32 accumulation, `convert` one "
        "converter from FP32 (all lanes, nearest; it does no MAC and has no ratio), and "
        "`dot_engine` the whole chain: two converters, dot product, accumulation, and registers.",
    ),
)
"""Studies: key, title, and what to know about each."""


def _study_table(caption: str, rows: Sequence[Data]) -> str:
    baselines = [key for key in ("transistors_fp32", "transistors_bf16") if key in rows[0]]
    header = ["", "transistors", "transistors per MAC", "times FP32", "times BF16"]
    header += [f"transistors, {key[-4:].upper()}" for key in baselines]
    cells = [
        [
            row["variant"],
            number(row["transistors"]),
            number(row["transistors_per_mac"], 1),
            number(row["ratio_fp32"], 2),
            number(row["ratio_bf16"], 2),
            *(number(row[key]) for key in baselines),
        ]
        for row in rows
    ]
    return markup.table(caption, header, cells)
