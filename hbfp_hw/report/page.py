"""The page of a report, made from its figures and nothing else."""

from html import escape

from hbfp_hw.plots import markup
from hbfp_hw.plots.markup import Data, number
from hbfp_hw.report.sections import breakdown_section, density_section, models_section
from hbfp_hw.report.studies import sensitivity_section

NOT = (
    "Not a layout: there are no wires, no clock tree, no placement, no power grid, and nothing was "
    "closed in timing. Logic depth does not count, so ripple-carry adders win.",
    "Transistors are an estimate by a technology mapper: so many for each cell of static CMOS "
    "logic (`cmos4`: inverters, NAND, NOR, AOI, OAI and flops), whatever its drive. There is no "
    "cell for XOR, multiplexer or full adder, all of which a real library has.",
    "The area library that comes with this package has areas and nothing else.",
    "No power, no energy, no throughput: cores are compared as they stand, one result per cycle.",
    "Not silicon of the paper: its components are of a 28 nm process and synthesised for 50 MHz; "
    "ours are transistors. Only ratios compare.",
    "The baselines are this project's own units. Ratios to the best public fused multiply-adds, "
    "measured by the same script, stand beside them.",
    "One script gives one number. Another script, release or order of cells gives another one; the "
    "section on sensitivity shows by how much. Compare only what one script measured.",
    "Mean density of training in mixed precision is not density: it needs one design that computes "
    "in both widths, as `pe` and `array` do.",
)
"""What the figures are not."""


def make_page(data: Data) -> str:
    """HTML of a report."""
    body = [
        markup.paragraph(_opening(data)),
        *_headline(data),
        *_not(),
        *density_section(data),
        *models_section(data),
        *breakdown_section(data),
        *sensitivity_section(data),
        *_versions(data),
    ]
    return markup.page("Area and arithmetic density of HBFP", body)


def _opening(data: Data) -> str:
    bits, size = data["plan"]["study"]
    best = next(
        row for row in data["density"] if (row["mantissa_bits"], row["block_size"]) == (bits, size)
    )
    return (
        f"One multiply-accumulate per cycle in HBFP{bits} with blocks of {size}, exact within a "
        f"block and accumulated in FP32, takes {best['transistors_per_mac']:,.0f} transistors: "
        f"{best['ratio_fp32']:.1f} times the density of a complete FP32 fused multiply-add and "
        f"{best['ratio_bf16']:.1f} times that of a BF16 one. All units are complete and verified "
        "against golden models in every bit; this page says how large they are, beside the "
        "analytic models of the Accuracy Boosters paper (arXiv 2211.10737)."
    )


def _headline(data: Data) -> list[str]:
    header = (
        *("configuration", "MACs per cycle", "transistors", "transistors per MAC", "times FP32"),
        *(
            "times BF16",
            "times public FP32",
            "times public BF16",
            "gate equivalents",
            "flops",
            "depth",
        ),
    )
    rows = [
        [
            row["config"],
            number(row["macs_per_cycle"]),
            number(row["transistors"]),
            number(row["transistors_per_mac"], 1),
            *(
                number(row[key], 2)
                for key in ("ratio_fp32", "ratio_bf16", "ratio_public_fp32", "ratio_public_bf16")
            ),
            number(row["gate_equivalents"], 0),
            number(row["flops"]),
            number(row["logic_depth"]),
        ]
        for row in data["area"]
    ]
    public = data["public"]
    return [
        markup.heading("Measured units"),
        markup.table("Named configurations, measured whole and flat", header, rows),
        markup.paragraph(
            "Times FP32 and times BF16 are the transistors per MAC of `fp32_mac` and "
            "`bf16_mac_bf16`, of the same run, over those of the row. The public units "
            "are the best public fused multiply-adds, of "
            f"{public['fp32']:,} and {public['bf16']:,} transistors by this "
            "script. Converters do no MAC and have no ratio."
        ),
        markup.commands("hbfp area " + " ".join(row["config"] for row in data["area"])),
    ]


def _not() -> list[str]:
    return [markup.heading("What these numbers are not"), markup.items(NOT)]


def _versions(data: Data) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in data["versions"].items())
    return [
        markup.heading("Made with"),
        markup.paragraph(
            f"{versions}. The script of every transistor count, but for what a study "
            "says of its own:"
        ),
        f"<pre>{escape(data['script'])}</pre>",
    ]
