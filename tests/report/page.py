"""Checks of the page of any area report."""

import re
from html.parser import HTMLParser

from hbfp_hw.report.record import ReportData

VOID = {"meta"}
"""Tags without an end tag."""


class Checker(HTMLParser):
    """Parser that collects a page's tags, attributes and table cells, and checks its end tags.

    Members:
        open: Tags that are open now.
        tags: All tags.
        attributes: Name and value of each attribute.
        cells: Texts in table cells.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "td":
            self.cells.append(data)


def check(page: str) -> Checker:
    """Parse a page, check that every tag is closed, and return the parser."""
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    return checker


def check_it_needs_nothing_else(page: str, checked: Checker) -> None:
    """Check that the page has no script, nothing that a browser must fetch, and no broken link."""
    assert "mathdefault" not in page  # plots have plain numbers, no powers of ten
    assert page.startswith("<!DOCTYPE html>")
    assert not checked.tags & {"script", "link", "img", "iframe", "object"}
    links = [value for name, value in checked.attributes if name in ("href", "xlink:href", "src")]
    assert links
    targets = {link.removeprefix("#") for link in links if link and link.startswith("#")}
    assert len(targets) == len(set(links))
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", page))
    assert "@import" not in page
    ids = [value for name, value in checked.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert targets <= set(ids)


def check_it_shows_the_figures(page: str, data: ReportData, checked: Checker) -> None:
    """Check that a table of the page shows each figure of the data."""
    assert "What these numbers are not" in page
    for result in data["area"]:
        assert result["config"] in checked.cells
        assert f"{result['transistors']:,}" in checked.cells
    for density in data["density"]:
        gains = f"{density['ratio_fp32']:.2f} ({density['ratio_bf16']:.2f})"
        assert gains in checked.cells
    for study in ("flow", "lanes", "parts"):
        for row in data["sensitivity"][study]:
            assert f"{row['transistors']:,}" in checked.cells
    assert page.count("To get these figures again: <code>hbfp ") == 5
    assert page.count("<svg") == 7
