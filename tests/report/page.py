"""What must hold for the page of any report."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

VOID = {"meta"}


class Checker(HTMLParser):
    """Collects the tags, texts and attributes of a page, and checks that tags are closed."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.cells = [], set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open and self.open[-1] == "td":
            self.cells.append(text)


def check(page: str) -> Checker:
    """Return the parsed page, whose tags must all be closed."""
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    return checker


def check_it_needs_nothing_else(page: str, checked: Checker) -> None:
    """The page has no script, and nothing that a browser would have to fetch."""
    assert "mathdefault" not in page  # plots have plain numbers, no powers of ten
    assert page.startswith("<!DOCTYPE html>")
    assert not checked.tags & {"script", "link", "img", "iframe", "object"}
    links = [value for name, value in checked.attributes if name in ("href", "xlink:href", "src")]
    assert links
    assert all(link.startswith("#") for link in links)
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", page))
    assert "@import" not in page
    ids = [value for name, value in checked.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links} <= set(ids)


def check_it_shows_the_figures(page: str, data: Mapping[str, Any], checked: Checker) -> None:
    """Each figure of the data is in a cell of a table."""
    assert "What these numbers are not" in page
    for row in data["area"]:
        assert row["config"] in checked.cells
        assert f"{row['transistors']:,}" in checked.cells
    for row in data["density"]:
        gains = f"{row['ratio_fp32']:.2f} ({row['ratio_bf16']:.2f})"
        assert gains in checked.cells
    for study in ("flow", "lanes", "parts"):
        for row in data["sensitivity"][study]:
            assert f"{row['transistors']:,}" in checked.cells
    assert page.count("To get these figures again: <code>hbfp ") == 5
    assert page.count("<svg") == 7
