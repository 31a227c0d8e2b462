"""Links, paths, targets and pictures of the documentation exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, fences, name, prose
from tests.docs.site import dead_links

every_page = pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=name)


@every_page
def test_links(page):
    """Links between pages lead to files of the tree and to existing headings."""
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
        folder = Path(path).parts[0]
        # Built files exist only after a command.
        if folder != "build" and (ROOT / folder).is_dir():
            assert (ROOT / path).exists(), path


@every_page
def test_make_targets(page):
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z]+)", page.read_text())) <= set(targets)


def test_pictures_are_what_their_script_draws(tmp_path):
    draw = [sys.executable, ROOT / "docs" / "draw.py", tmp_path]
    subprocess.run(draw, check=True, timeout=60)
    drawn = {path.relative_to(tmp_path): path.read_text() for path in tmp_path.rglob("*.svg")}
    assert len(drawn) == 9
    for path, picture in drawn.items():
        assert (ROOT / "docs" / path).read_text() == picture, path
    assert {path.name for path in drawn if path.parent.name == "pictures"} == {
        path.name for path in (ROOT / "docs" / "pictures").iterdir()
    }


def test_every_picture_is_drawn_by_something():
    """Either docs/draw.py or a command of a page draws it, and a test compares the result."""
    commands = "".join(fence.text for page in PAGES for fence in fences(page, "console"))
    for picture in (ROOT / "docs").glob("*.svg"):
        assert picture.stem == "data_path" or f"docs/{picture.name}" in commands


def test_index_leads_to_every_page():
    index = prose(ROOT / "docs" / "index.md")
    for page in PAGES[1:]:
        assert page.name == "index.md" or f"]({page.name})" in index, page.name


@pytest.mark.full
def test_site_is_built_without_a_warning(tmp_path):
    """``make docs`` builds the site without a warning or a dead link, and with all docstrings."""
    build = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", tmp_path / "state"]
    site = tmp_path / "site"
    run = subprocess.run([*build, ROOT / "docs", site], capture_output=True, text=True, timeout=300)
    assert (run.returncode, run.stderr) == (0, "")
    commands = (site / "commands.html").read_text()
    assert "--mantissa-bits" in commands
    assert 'id="hbfp-gemm"' in commands
    assert 'id="hbfp_hw.simulate' in (site / "api.html").read_text()
    count, dead = dead_links(site)
    assert count > 3000
    assert dead == []


def test_dead_links_are_found(tmp_path):
    (tmp_path / "a.html").write_text('<p id="x"><a href="#x"></a><a href="b.html#y"></a>')
    (tmp_path / "b.html").write_text('<a href="a.html#x"></a><img src="c.png">')
    count, dead = dead_links(tmp_path)
    assert (count, sorted(dead)) == (4, ["a.html: b.html#y", "b.html: c.png"])
