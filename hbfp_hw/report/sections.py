"""Sections of a report on density and on where the transistors are."""

from collections.abc import Callable

from hbfp_hw.plots import markup
from hbfp_hw.plots.markup import Data, number
from hbfp_hw.report.density import draw_density
from hbfp_hw.report.plots import draw_breakdown, draw_density_by_block, name_of


def density_section(data: Data) -> list[str]:
    """The plot of density by block size, and a table of models and measurement."""
    rows = data["density"]
    shown = [row for row in rows if row["block_size"] in data["plan"]["side_by_side"]]
    header = (
        *("", "model: dot-product unit, paper's components"),
        *("model: systolic array, paper's components", "model: dot-product unit, our components"),
        *("model: systolic array, our components", "measured", "transistors per MAC"),
    )
    keys = (
        *("model_paper_dot", "model_paper_systolic"),
        *("model_measured_dot", "model_measured_systolic", "ratio"),
    )
    cells = [
        [
            f"HBFP{row['mantissa_bits']}, N = {row['block_size']}",
            *(f"{row[f'{key}_fp32']:.2f} ({row[f'{key}_bf16']:.2f})" for key in keys),
            number(row["transistors_per_mac"], 1),
        ]
        for row in shown
    ]
    return [
        markup.heading("Density by block size, measured and by the models"),
        markup.picture("density", "Density over FP32 by block size", draw_density_by_block(rows)),
        markup.table("Density over FP32 (over BF16)", header, cells),
        markup.paragraph(
            "Measured are combinational cores: the exact dot product of two blocks of N, rounded "
            "once and added to an FP32 number (`mac`, mantissas as sign and magnitude). The models "
            "count other things. That of the dot-product unit has a BF16 accumulator, no growth of "
            "bits in its tree, a rectifier and an output converter; that of the systolic array has "
            "no converter, and an exponent for a tile of b = N rows and columns. Both compare with "
            "an FP32 multiplier and adder, the measurement with a fused multiply-add."
        ),
        markup.commands(
            "hbfp density",
            "hbfp density --components measured",
            "hbfp area mac --mantissa-bits M --block-size N --pipeline 0 --sign-magnitude",
        ),
    ]


def models_section(data: Data) -> list[str]:
    """Both models over each table of components."""
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


def _component_table(components: Data) -> str:
    widths = sorted(map(int, components["converters"]))

    def row(what: str, value: Callable[[int], float]) -> list[str]:
        return [what, *(number(value(width), 2) for width in widths)]

    rows = [
        row("signed multiplier, m and m bits", lambda m: components["multipliers"][str(m)]),
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


def breakdown_section(data: Data) -> list[str]:
    """Transistors by part."""
    # Units on blocks: next to them, a floating-point unit would be all that can be seen.
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
            "Each part is synthesised by itself. What that adds to the flat design, or takes from "
            "it, is “across parts”; the sum of a row is the flat design's count."
        ),
        markup.commands("hbfp area " + " ".join(row["config"] for row in shown)),
    ]
