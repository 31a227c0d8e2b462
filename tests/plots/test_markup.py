"""Pieces of HTML."""

import re
import xml.etree.ElementTree as ElementTree

from hbfp_hw.plots import markup
from hbfp_hw.plots.draw import new_figure


def test_text_is_escaped_and_backquotes_are_code():
    assert markup.paragraph("a < b & `c > d`") == "<p>a &lt; b &amp; <code>c &gt; d</code></p>"
    assert markup.commands("x <y>") == (
        '<p class="how">To get these figures again: <code>x &lt;y&gt;</code></p>'
    )
    assert "<caption><span>&lt;i&gt;</span></caption>" in markup.table("<i>", ["&"], [["<"]])


def test_table():
    root = ElementTree.fromstring(markup.table("c", ["", "x"], [["a", "1"], ["b", "2"]]))
    assert [cell.text for cell in root.iter("td")] == ["a", "1", "b", "2"]
    assert [cell.text for cell in root.iter("th")] == [None, "x"]


def test_wide_parts_scroll():
    """Tables, plots and listings scroll on their own, so the page itself fits a phone."""
    figure = new_figure(1)
    body = [markup.table("c", ["a"], [["1"]]), markup.picture("p", "plot", figure), "<pre>x</pre>"]
    page = markup.page("title", body)
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    for wide in ("<table>", "<svg "):
        assert page.count(wide) == page.count(f'<div class="scroll" tabindex="0">{wide}') == 1
    assert ".scroll, pre { overflow-x: auto; }" in page
    (least,) = re.findall(r"figure svg \{[^}]*min-width: (\d+)rem", page)
    assert int(least) * 16 >= 600  # pixels: texts of 10 points in a plot of 10 inches are legible


def test_identifiers_of_two_pictures_differ():
    texts = []
    for name in ("one", "two"):
        figure = new_figure(1)
        figure.axes[0].plot([1, 2], [3, 4], marker="o", label="line")
        texts.append(markup.picture(name, "A <caption>", figure))
    found = [set(re.findall(r'\bid="([^"]+)"', text)) for text in texts]
    assert all(found)
    assert not found[0] & found[1]
    for text, ids in zip(texts, found, strict=True):
        used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text))
        assert used
        assert {a or b for a, b in used} <= ids
        ElementTree.fromstring(text)
