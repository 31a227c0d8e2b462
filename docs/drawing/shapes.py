"""Shapes of the pictures, as SVG text.

Blue is block floating point, orange is FP32, grey is control. Positions and sizes are in pixels,
from the top left corner; ``kind`` is a key of :data:`FILLS`.
"""

FILLS = {"hbfp": "#dbeafe", "fp32": "#ffedd5", "group": "#f1f5f9"}
LINES = {"hbfp": "#1d4ed8", "fp32": "#c2410c", "group": "#64748b"}
LEGEND = {
    "hbfp": "block floating point: integers, shared exponents",
    "fp32": "FP32",
    "group": "control",
}
STYLE = """
  text { font-family: "Helvetica Neue", Helvetica, Arial, sans-serif; font-size: 13px;
         fill: #0f172a; }
  .title { font-size: 15px; font-weight: 600; }
  .small { font-size: 12px; fill: #475569; }
  .wire { fill: none; stroke-width: 2; }
"""


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "middle") -> str:
    """Return one line of text; ``kind`` is a class of :data:`STYLE`, such as ``title``."""
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
    """Return a dashed frame around other shapes, with a title in its top left corner."""
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


def register(x: int, y: int, height: int) -> str:
    """Return a register: a bar across wires."""
    return f'<rect x="{x}" y="{y}" width="8" height="{height}" fill="#0f172a"/>'


def port(x: int, y: int, name: str, content: str, kind: str, length: int = 100) -> str:
    """Return an arrow from the left with the name of a port above it and its content below."""
    return "\n".join(
        [
            text(x, y - 8, name, "title", "start"),
            text(x, y + 18, content, "small", "start"),
            wire(kind, (x, y), (x + length, y)),
        ]
    )


def picture(title: str, width: int, height: int, *parts: str) -> str:
    """Return a whole picture with a legend in its lowest 40 pixels."""
    legend = []
    for x, (kind, words) in zip((24, 380, 460), LEGEND.items(), strict=True):
        legend.append(
            f'<rect x="{x}" y="{height - 32}" width="16" height="16" rx="3"'
            f' fill="{FILLS[kind]}" stroke="{LINES[kind]}"/>'
        )
        legend.append(text(x + 24, height - 19, words, "", "start"))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            f' width="{width}" height="{height}" role="img">',
            f"<title>{title}</title>",
            f"<style>{STYLE}</style>",
            f"<defs>{''.join(map(_arrow_head, LINES))}</defs>",
            f'<rect width="{width}" height="{height}" rx="12" fill="#ffffff"/>',
            *parts,
            *legend,
            "</svg>\n",
        ]
    )


def _arrow_head(kind: str) -> str:
    return (
        f'<marker id="{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6"'
        f' markerHeight="6" orient="auto">'
        f'<path d="M0,0 L8,4 L0,8 z" fill="{LINES[kind]}"/></marker>'
    )
