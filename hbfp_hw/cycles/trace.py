"""Drawing of the GEMM engine's occupancy over time."""

from collections.abc import Iterable
from itertools import pairwise
from xml.sax.saxutils import escape

from hbfp_hw.cycles.report import Report

WIDTH, MARGIN, TRACK, GAP, TOP = 1000, 150, 30, 12, 56
"""Sizes in pixels: width of the drawing area and of the labels; height of a track, of the gap
between tracks, and of the headline."""
TRACKS = {
    "x": ("load X", "#4c78a8"),
    "w": ("load W", "#72b7b2"),
    "c": ("load C", "#b279a2"),
    "tile": ("compute", "#54a24b"),
    "result": ("drain", "#f58518"),
}
"""Label and colour of each track, by the names of :attr:`Report.spans`."""
STALL = "#d62728"
"""Colour of the cycles in which the array waits."""
LEGEND = "the array waits: for operands before a tile, or for the last results at the end"


def draw(report: Report) -> str:
    """Draw the occupancy of the engine over time as SVG: loads, computation and results.

    Intervals closer than a pixel are drawn as one. Red marks on the track of the array show the
    cycles in which it waits: for operands before a tile, or for the last results at the end.

    Parameters:
        report: Report of a product with tracing.
    """
    scale = WIDTH / report.cycles
    height = TOP + len(TRACKS) * (TRACK + GAP) + 72
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {MARGIN + WIDTH + 30} {height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{MARGIN + WIDTH + 30}" height="{height}" fill="white"/>',
        _text(10, 24, _summary(report), size=15),
    ]
    for number, (name, (label, colour)) in enumerate(TRACKS.items()):
        y = TOP + number * (TRACK + GAP)
        parts.append(_text(10, y + TRACK * 0.65, label))
        parts.append(_box(MARGIN, y, WIDTH, TRACK, "#f2f2f2"))
        spans = merge(report.spans[name], 1 / scale)
        for first, last in spans:
            width = max(0.5, (last + 1 - first) * scale)
            parts.append(_box(MARGIN + first * scale, y, width, TRACK, colour))
        if name == "tile":
            for first, last in _between(spans, report.cycles):
                width = (last + 1 - first) * scale
                parts.append(_box(MARGIN + first * scale, y + TRACK - 6, width, 6, STALL))
    bottom = TOP + len(TRACKS) * (TRACK + GAP)
    for tick in range(6):
        cycle = report.cycles * tick // 5
        x = MARGIN + cycle * scale
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}" stroke="#999"/>')
        parts.append(_text(x, bottom + 18, f"{cycle:,}", anchor="middle"))
    parts.append(_text(MARGIN + WIDTH / 2, bottom + 38, "cycles", anchor="middle"))
    # The legend explains the one colour that has no track of its own.
    y = bottom + 56
    parts.append(
        f'<line x1="{MARGIN}" x2="{MARGIN + 26}" y1="{y}" y2="{y}" stroke="{STALL}" '
        'stroke-width="6"/>'
    )
    parts.append(_text(MARGIN + 34, y + 4, LEGEND))
    return "\n".join([*parts, "</svg>"]) + "\n"


def merge(spans: Iterable[tuple[int, int]], distance: float) -> list[tuple[int, int]]:
    """Join intervals less than ``distance`` cycles apart; the intervals are in order."""
    merged: list[tuple[int, int]] = []
    for first, last in spans:
        if merged and first - merged[-1][1] - 1 < distance:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged


def _between(spans: list[tuple[int, int]], cycles: int) -> list[tuple[int, int]]:
    """Return the intervals of cycles that none of the given ones covers."""
    edges = [(-1, -1), *spans, (cycles, cycles)]
    return [(a + 1, b - 1) for (_, a), (b, _) in pairwise(edges) if b > a + 1]


def _summary(report: Report) -> str:
    return (
        f"{report.cycles:,} cycles: load {report.load:,}, compute {report.compute:,}, "
        f"drain {report.drain:,}, stalled {report.stalled:,}; "
        f"utilisation {report.utilisation:.1%}, steady {report.steady_utilisation:.1%}"
    )


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{colour}"/>'
    )


def _text(x: float, y: float, text: str, *, size: int = 13, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )
