"""What the documentation refers to exists."""

import re
import runpy
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, fences, name, prose

every_page = pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=name)


@every_page
def test_links(page):
    """Links between pages lead to files of the tree, and to headings that they have."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert ROOT in file.parents, target
        if anchor:
            assert anchor in anchors(file), target


@every_page
def test_paths(page):
    """Paths in backquotes exist, if their first part is a folder of the tree."""
    for path in re.findall(r"`([\w.\-]+/[\w.\-/]*)`", prose(page)):
        if (ROOT / Path(path).parts[0]).is_dir():
            assert (ROOT / path).exists(), path


@every_page
def test_make_targets(page):
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z]+)", page.read_text())) <= set(targets)


@pytest.mark.parametrize("picture", ["data_path"])
def test_pictures_are_what_their_script_draws(picture):
    drawn = runpy.run_path(str(ROOT / "docs" / "draw.py"))["draw"]()
    assert (ROOT / "docs" / f"{picture}.svg").read_text() == drawn


def test_every_picture_is_drawn_by_something():
    """Either by the script or by a command of a page, whose result its test compares."""
    commands = "".join(fence.text for page in PAGES for fence in fences(page, "console"))
    for picture in (ROOT / "docs").glob("*.svg"):
        assert picture.stem == "data_path" or f"docs/{picture.name}" in commands
