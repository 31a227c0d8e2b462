"""Section of a report's page on sensitivity."""

from collections.abc import Sequence

from hbfp_hw.helpers.display import number
from hbfp_hw.plots import markup
from hbfp_hw.report.plots import draw_ratios
from hbfp_hw.report.record import ReleaseRow, ReportData, StudyRow

STUDIES = (
    (
        "flow",
        "Options of synthesis",
        "The booth option affects only multiplications written as `*`; these units have none. "
        "`cmos` has gates for XOR, XNOR and multiplexers; `cmos4` does not. ABC's default "
        "script optimises for delay.",
    ),
    (
        "lanes",
        "How lanes multiply and add",
        "The dot product alone, without normalisation and accumulation. The first three rows are "
        "textbook designs; the bit heap adds up the partial products of all lanes at once.",
    ),
    (
        "parts",
        "Accumulator and converters in and out",
        "`dot` is the exact dot product alone. `mac` adds FP32 accumulation. `convert` is one "
        "converter from FP32 (all lanes, nearest); it does no MAC and has no ratio. `dot_engine` "
        "is the whole chain: two converters, dot product, accumulation and registers.",
    ),
)
"""Key, title and note of each sensitivity study."""


def sensitivity_section(data: ReportData) -> list[str]:
    """Return the section with the sensitivity studies and the comparison of releases."""
    bits, size = data["plan"]["study"]
    studies, subject = data["sensitivity"], f"HBFP{bits}, N = {size}"
    parts = [
        markup.heading("Sensitivity"),
        markup.paragraph(
            f"All figures are for {subject}. Both sides of a ratio are measured in the same way, "
            "so a flow that is worse for all units may change a ratio little."
        ),
    ]
    for key, title, note in STUDIES:
        rows = studies[key]
        parts += [
            markup.picture(
                key, f"{title}: density over FP32", draw_ratios(rows, "density over FP32")
            ),
            _study_table(f"{title}, {subject}", rows),
            markup.paragraph(note),
        ]
    if data["releases"]:
        rows = [_as_study_row(row) for row in data["releases"]]
        parts.append(_study_table(f"Releases of Yosys, {subject}", rows))
    else:
        parts.append(
            markup.paragraph(
                "Releases of Yosys: not compared in this run. To compare, name the Python "
                "interpreters of environments with other releases of pyosys, as in `hbfp report "
                "-o DIR --pyosys other/bin/python`. The Yosys that Amaranth installs cannot be "
                "compared: it has neither `synth` nor ABC."
            )
        )
    return [*parts, markup.commands("hbfp report -o DIR")]


def _as_study_row(row: ReleaseRow) -> StudyRow:
    """Return the figures of a release as a row of a study."""
    return {
        "variant": f"pyosys {row['pyosys']}",
        "transistors": row["transistors"],
        "transistors_per_mac": row["transistors_per_mac"],
        "ratio_fp32": row["ratio_fp32"],
        "ratio_bf16": row["ratio_bf16"],
        "transistors_fp32": row["transistors_fp32"],
        "transistors_bf16": row["transistors_bf16"],
    }


def _study_table(caption: str, rows: Sequence[StudyRow]) -> str:
    """Return the table of a study, with the baselines' transistors if the rows have them."""
    header = ["", "transistors", "transistors per MAC", "times FP32", "times BF16"]
    if with_baselines := "transistors_fp32" in rows[0]:
        header += ["transistors, FP32", "transistors, BF16"]
    cells = []
    for row in rows:
        cells.append(
            [
                row["variant"],
                number(row["transistors"]),
                number(row["transistors_per_mac"], 1),
                number(row["ratio_fp32"], 2),
                number(row["ratio_bf16"], 2),
            ]
        )
        if with_baselines:
            cells[-1] += [number(row["transistors_fp32"]), number(row["transistors_bf16"])]
    return markup.table(caption, header, cells)
