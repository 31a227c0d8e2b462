"""Page of a report, made from its figures alone."""

from html import escape

from hbfp_hw.helpers.display import number
from hbfp_hw.plots import markup
from hbfp_hw.report.record import ReportData
from hbfp_hw.report.sections import breakdown_section, density_section, models_section
from hbfp_hw.report.studies import sensitivity_section

LIMITS = (
    "They are not a layout: there are no wires, no clock tree, no placement, no power grid and no "
    "timing closure. Logic depth costs nothing, so ripple-carry adders win.",
    "Transistors are an estimate after technology mapping: a fixed number for each gate of static "
    "CMOS logic (`cmos4`: inverters, NAND, NOR, AOI, OAI and flops), whatever its drive strength. "
    "`cmos4` has no cell for XOR, multiplexer or full adder; a real library has all three.",
    "The cell library of this package has the areas of its cells, and no timing or power.",
    "They leave out power, energy and clock. Units are compared at one result per cycle.",
    "They are not the paper's silicon. Its components are synthesised in a 28 nm process for "
    "50 MHz; ours are transistors. Only ratios can be compared.",
    "The baselines are this project's own units. Ratios to the smallest public fused "
    "multiply-adds, measured by the same script, stand beside them.",
    "A figure belongs to its script. Another script, release or order of cells gives another "
    "figure; the section on sensitivity shows by how much. Compare only figures of one script.",
    "The paper's mean gain of training in two widths is not the gain of a design: that needs one "
    "design for both widths, as `pe` and `array` are.",
)
"""Limits of the figures, listed on the page."""


def make_page(data: ReportData) -> str:
    """Return the HTML of a report."""
    body = [
        markup.paragraph(_opening(data)),
        *_headline(data),
        *_limits(),
        *density_section(data),
        *models_section(data),
        *breakdown_section(data),
        *sensitivity_section(data),
        *_versions(data),
    ]
    return markup.page("Area and arithmetic density of HBFP", body)


def _opening(data: ReportData) -> str:
    """Return the text of the first paragraph."""
    bits, size = data["plan"]["study"]
    best = next(
        row for row in data["density"] if (row["mantissa_bits"], row["block_size"]) == (bits, size)
    )
    return (
        f"One multiply-accumulate per cycle in HBFP{bits} with blocks of {size}, exact within a "
        f"block and accumulated in FP32, takes {best['transistors_per_mac']:,.0f} transistors: "
        f"{best['ratio_fp32']:.1f} times the density of a complete FP32 fused multiply-add and "
        f"{best['ratio_bf16']:.1f} times that of a BF16 one. All units are complete and verified "
        "bit by bit against golden models. This page shows their size next to the analytic models "
        "of the Accuracy Boosters paper (arXiv 2211.10737)."
    )


def _headline(data: ReportData) -> list[str]:
    """Return the section with the table of configurations."""
    header = (
        "configuration",
        "MACs per cycle",
        "transistors",
        "transistors per MAC",
        "times FP32",
        "times BF16",
        "times public FP32",
        "times public BF16",
        "gate equivalents",
        "flops",
        "depth",
    )
    rows = [
        [
            row["config"],
            number(row["macs_per_cycle"]),
            number(row["transistors"]),
            number(row["transistors_per_mac"], 1),
            number(row["ratio_fp32"], 2),
            number(row["ratio_bf16"], 2),
            number(row["ratio_public_fp32"], 2),
            number(row["ratio_public_bf16"], 2),
            number(row["gate_equivalents"], 0),
            number(row["flops"]),
            number(row["logic_depth"]),
        ]
        for row in data["area"]
    ]
    public = data["public"]
    return [
        markup.heading("Measured units"),
        markup.table("Configurations of the catalog, measured whole and flat", header, rows),
        markup.paragraph(
            "“Times FP32” is the transistors per MAC of `fp32_mac`, measured in the same run, over "
            "those of the row; “times BF16” takes `bf16_mac_bf16`. The public units are the "
            f"smallest public fused multiply-adds: {public['fp32']:,} and {public['bf16']:,} "
            "transistors by this script. A converter does no MAC and has no ratio."
        ),
        markup.commands("hbfp area " + " ".join(row["config"] for row in data["area"])),
    ]


def _limits() -> list[str]:
    """Return the section on the limits of the figures."""
    return [markup.heading("What these numbers are not"), markup.items(LIMITS)]


def _versions(data: ReportData) -> list[str]:
    """Return the section with versions and script."""
    versions = ", ".join(f"{name} {version}" for name, version in data["versions"].items())
    return [
        markup.heading("Made with"),
        markup.paragraph(
            f"{versions}. This script gives every transistor count, except where a study names "
            "another:"
        ),
        f"<pre>{escape(data['script'])}</pre>",
    ]
