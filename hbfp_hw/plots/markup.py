"""Pieces of HTML for pages that need no other file."""

import re
from collections.abc import Sequence
from html import escape

from matplotlib.figure import Figure

from hbfp_hw.plots.draw import render

STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 72rem; margin: 2rem auto;
  padding: 0 1rem; }
h1, h2 { line-height: 1.2; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc; }
table { border-collapse: collapse; font-size: 0.9rem; margin: 1rem 0; }
th, td { padding: 0.2rem 0.7rem; text-align: right; border-bottom: 1px solid #e4e4e4; }
th { vertical-align: bottom; border-bottom: 2px solid #888; }
th:first-child, td:first-child { text-align: left; }
td { white-space: nowrap; }
caption, figcaption { text-align: left; font-weight: 600; padding: 0.3rem 0; }
caption span { position: sticky; left: 0; display: inline-block; max-width: calc(100vw - 2rem); }
figure { margin: 1rem 0; }
figure svg { display: block; max-width: 100%; min-width: 40rem; height: auto; }
code { background: #f2f2f2; padding: 0 0.2rem; overflow-wrap: anywhere; }
.scroll, pre { overflow-x: auto; }
.scroll, pre { background: linear-gradient(to right, #fff 1.5rem, transparent) local,
  linear-gradient(to left, #fff 1.5rem, transparent) local,
  linear-gradient(to right, #bbb, transparent 0.6rem),
  linear-gradient(to left, #bbb, transparent 0.6rem); }
.how { color: #555; font-size: 0.9rem; }
"""
"""Style sheet of every page."""


def page(title: str, body: Sequence[str]) -> str:
    """Return a whole page.

    Parameters:
        title: Title and first heading.
        body: Pieces of HTML, as the other functions return them.
    """
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{STYLE}</style>",
        "</head>",
        "<body>",
        f"<h1>{escape(title)}</h1>",
        *body,
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def heading(text: str) -> str:
    """Return the heading of a section."""
    return f"<h2>{escape(text)}</h2>"


def paragraph(text: str) -> str:
    """Return a paragraph of plain text; text in backquotes becomes code."""
    return f"<p>{marked(text)}</p>"


def commands(*lines: str) -> str:
    """Return a note with the commands that reproduce the figures above it."""
    shown = ", ".join(f"<code>{escape(line)}</code>" for line in lines)
    return f'<p class="how">To get these figures again: {shown}</p>'


def items(texts: Sequence[str]) -> str:
    """Return a bulleted list of plain texts; text in backquotes becomes code."""
    return "<ul>\n" + "\n".join(f"<li>{marked(text)}</li>" for text in texts) + "\n</ul>"


def table(caption: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with its first column aligned to the left and the others to the right.

    On a narrow screen it scrolls on its own.
    """
    lines = [
        '<div class="scroll" tabindex="0"><table>',
        f"<caption><span>{escape(caption)}</span></caption>",
    ]
    lines.append("<thead><tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in header))
    lines.append("</tr></thead><tbody>")
    lines += [
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    ]
    return "\n".join([*lines, "</tbody></table></div>"])


def picture(name: str, caption: str, figure: Figure) -> str:
    """Return a plot as inline SVG. On a narrow screen it scrolls on its own.

    Parameters:
        name: Prefix of the identifiers in the SVG. Two plots on a page need different names.
        caption: Text above the plot.
        figure: The plot.
    """
    drawing = render(figure, "svg").decode()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r'\bid="', f'id="{name}-', drawing)
    drawing = re.sub(r'href="#', f'href="#{name}-', drawing)
    drawing = drawing.replace("url(#", f"url(#{name}-")
    drawing = drawing.replace("<svg ", f'<svg role="img" aria-label="{escape(caption)}" ', 1)
    return (
        f"<figure><figcaption>{escape(caption)}</figcaption>\n"
        f'<div class="scroll" tabindex="0">{drawing}</div></figure>'
    )


def marked(text: str) -> str:
    """Return plain text as HTML; text in backquotes becomes code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))
