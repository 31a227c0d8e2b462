"""Sections of a report's page: density, analytic models, breakdown by part."""

from collections.abc import Callable

from hbfp_hw.density.components import ComponentsRecord
from hbfp_hw.helpers.display import number
from hbfp_hw.plots import markup
from hbfp_hw.report.density import draw_density
from hbfp_hw.report.plots import draw_breakdown, draw_density_by_block, name_of
from hbfp_hw.report.record import ReportData


def density_section(data: ReportData) -> list[str]:
    """Return the section on density by block size, measured and by the models."""
    rows = data["density"]
    shown = [row for row in rows if row["block_size"] in data["plan"]["side_by_side"]]
    columns = {
        "model_paper_dot": "model: dot-product unit, paper's components",
        "model_paper_systolic": "model: systolic array, paper's components",
        "model_measured_dot": "model: dot-product unit, our components",
        "model_measured_systolic": "model: systolic array, our components",
        "ratio": "measured",
    }
    cells = [
        [
            f"HBFP{row['mantissa_bits']}, N = {row['block_size']}",
            *(f"{row[f'{key}_fp32']:.2f} ({row[f'{key}_bf16']:.2f})" for key in columns),
            number(row["transistors_per_mac"], 1),
        ]
        for row in shown
    ]
    header = ["", *columns.values(), "transistors per MAC"]
    return [
        markup.heading("Density by block size, measured and by the models"),
        markup.picture("density", "Density over FP32 by block size", draw_density_by_block(rows)),
        markup.table("Density over FP32 (over BF16)", header, cells),
        markup.paragraph(
            "The measured units are combinational: the exact dot product of two blocks of N, "
            "rounded once and added to an FP32 number (`mac` with mantissas as sign and "
            "magnitude). The models count other parts. The dot-product model has a BF16 "
            "accumulator, a tree whose sums do not grow, a rectifier and an output converter. The "
            "systolic model has no converter, and one exponent for a tile of b = N rows and "
            "columns. The models refer to an FP32 multiplier and adder, the measurement to a fused "
            "multiply-add."
        ),
        markup.commands(
            "hbfp density",
            "hbfp density --components measured",
            "hbfp area mac --mantissa-bits M --block-size N --pipeline 0 --sign-magnitude",
        ),
    ]


def models_section(data: ReportData) -> list[str]:
    """Return the section with both models for each table of components."""
    parts = [markup.heading("The paper's models")]
    for name, tables in data["models"].items():
        source = tables["components"]["source"]
        parts += [
            markup.picture(f"models-{name}", f"Components: {source}", draw_density(tables)),
            _component_table(tables["components"]),
        ]
        if tables["remarks"]:
            parts.append(markup.items(tables["remarks"]))
    return [*parts, markup.commands("hbfp density", "hbfp density --components measured")]


def _component_table(components: ComponentsRecord) -> str:
    """Return the tables of integer and of floating-point components."""
    widths = sorted(map(int, components["converters"]))

    def row(name: str, value: Callable[[int], float]) -> list[str]:
        return [name, *(number(value(width), 2) for width in widths)]

    rows = [
        row("signed multiplier of two m-bit numbers", lambda m: components["multipliers"][str(m)]),
        row("adder, 2m bits", lambda m: components["adders"][str(2 * m)]),
        row("sum of 2m bits to BF16", lambda m: components["to_bf16"][str(m)]),
        row("converter, per element", lambda m: components["converters"][str(m)]["slope"]),
        row("converter, per block", lambda m: components["converters"][str(m)]["offset"]),
    ]
    integer = markup.table(
        f"Components by mantissa width m, in {components['unit']}", ["", *map(str, widths)], rows
    )
    parts = ("add", "multiply", "accumulate", "relu")
    floats = [
        [name, *(number(values[part], 2) for part in parts)]
        for name, values in components["floats"].items()
    ]
    return integer + "\n" + markup.table("Floating-point components", ["", *parts], floats)


def breakdown_section(data: ReportData) -> list[str]:
    """Return the section on transistors by part."""
    # Only units that work on blocks: the bar of a floating-point unit would be many times longer.
    shown = [
        row for row in data["area"] if row["macs_per_cycle"] and "block_size" in row["parameters"]
    ]
    parts = [part for part in shown[0]["breakdown"] if any(row["breakdown"][part] for row in shown)]
    cells = [[row["config"], *(number(row["breakdown"][part]) for part in parts)] for row in shown]
    return [
        markup.heading("Where the transistors are"),
        markup.picture("breakdown", "Transistors per MAC by part", draw_breakdown(shown)),
        markup.table(
            "Transistors by part", ["configuration", *(name_of(part) for part in parts)], cells
        ),
        markup.paragraph(
            "Each part is synthesised alone. “Across parts” is the flat design minus the sum of "
            "the parts, so each row adds up to the flat design's count."
        ),
        markup.commands("hbfp area " + " ".join(row["config"] for row in shown)),
    ]
