"""Draw ``data_path.svg``, the picture of the dot engine.

    python docs/draw.py

Blue is block floating point, orange is FP32, grey is control.
"""

from pathlib import Path

WIDTH, HEIGHT = 960, 400
FILLS = {"hbfp": "#dbeafe", "fp32": "#ffedd5", "group": "none"}
LINES = {"hbfp": "#1d4ed8", "fp32": "#c2410c", "group": "#64748b"}
CONVERT = ("shared exponent,", "align, round,", "saturate")
STYLE = """
  text { font-family: "Helvetica Neue", Helvetica, Arial, sans-serif; font-size: 13px;
         fill: #0f172a; }
  .title { font-size: 15px; font-weight: 600; }
  .small { font-size: 12px; fill: #475569; }
  .wire { fill: none; stroke-width: 2; }
"""


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "middle") -> str:
    """Return one line of text."""
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{words}</text>'


def box(x: int, y: int, width: int, height: int, kind: str, title: str, *lines: str) -> str:
    """Return a box with a title and lines of text below it."""
    parts = [
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8"'
        f' fill="{FILLS[kind]}" stroke="{LINES[kind]}" stroke-width="1.5"/>',
        text(x + width / 2, y + 24, title, "title"),
    ]
    parts += [text(x + width / 2, y + 46 + 18 * n, line) for n, line in enumerate(lines)]
    return "\n".join(parts)


def frame(x: int, y: int, width: int, height: int, title: str) -> str:
    """Return a dashed frame around other units."""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="12" fill="none"'
        f' stroke="{LINES["group"]}" stroke-width="1.5" stroke-dasharray="6 4"/>\n'
        + text(x + 14, y + 22, title, "title", "start")
    )


def wire(kind: str, *points: tuple[int, int]) -> str:
    """Return a line through the points with an arrow at its end."""
    path = " ".join(f"{x},{y}" for x, y in points)
    return (
        f'<polyline class="wire" points="{path}" stroke="{LINES[kind]}" marker-end="url(#{kind})"/>'
    )


def arrow_head(kind: str) -> str:
    """Return the definition of an arrow's head."""
    return (
        f'<marker id="{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6"'
        f' markerHeight="6" orient="auto">'
        f'<path d="M0,0 L8,4 L0,8 z" fill="{LINES[kind]}"/></marker>'
    )


def draw() -> str:
    """Return the picture."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' width="{WIDTH}" height="{HEIGHT}" role="img">',
        "<title>Data path of the dot engine</title>",
        f"<style>{STYLE}</style>",
        f"<defs>{''.join(map(arrow_head, LINES))}</defs>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="#ffffff"/>',
        frame(112, 16, 756, 320, "dot_engine"),
        frame(538, 108, 314, 170, "accumulate"),
        # operands
        text(20, 88, "i_a", "title", "start"),
        text(20, 106, "FP32[N]", "small", "start"),
        wire("fp32", (20, 114), (136, 114)),
        text(20, 234, "i_b", "title", "start"),
        text(20, 252, "FP32[N]", "small", "start"),
        wire("fp32", (20, 260), (136, 260)),
        box(136, 64, 168, 100, "hbfp", "convert A", *CONVERT),
        box(136, 210, 168, 100, "hbfp", "convert B", *CONVERT),
        # dot
        wire("hbfp", (304, 114), (336, 114), (336, 176), (360, 176)),
        wire("hbfp", (304, 260), (336, 260), (336, 208), (360, 208)),
        text(344, 108, "E, q[N]", "small", "start"),
        text(344, 276, "E, q[N]", "small", "start"),
        box(360, 144, 144, 96, "hbfp", "dot", "N multipliers,", "exact adder tree,", "Ea + Eb"),
        # accumulate
        wire("hbfp", (504, 192), (556, 192)),
        text(508, 300, "exact integer S, exponent", "small"),
        f'<path d="M508,286 L528,198" stroke="{LINES["group"]}" stroke-width="1" fill="none"/>',
        box(556, 144, 116, 96, "fp32", "normalise", "round once", "to FP32"),
        wire("fp32", (672, 192), (716, 192)),
        box(716, 144, 116, 96, "fp32", "add", "acc + r,", "one per cycle"),
        wire("fp32", (774, 240), (774, 262), (694, 262), (694, 216), (716, 216)),
        text(786, 262, "acc", "small", "start"),
        wire("fp32", (832, 192), (936, 192)),
        text(900, 168, "o", "title"),
        text(904, 184, "FP32", "small"),
        # markers
        wire("group", (774, 2), (774, 144)),
        text(762, 50, "i_marker", "title", "end"),
        text(762, 68, "C, first, last", "small", "end"),
        # legend
        f'<rect x="136" y="356" width="16" height="16" rx="3" fill="{FILLS["hbfp"]}"'
        f' stroke="{LINES["hbfp"]}"/>',
        text(160, 369, "block floating point: integers with a shared exponent", "", "start"),
        f'<rect x="520" y="356" width="16" height="16" rx="3" fill="{FILLS["fp32"]}"'
        f' stroke="{LINES["fp32"]}"/>',
        text(544, 369, "IEEE binary32", "", "start"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("data_path.svg").write_text(draw())
