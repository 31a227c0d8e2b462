"""Parts of the documentation's pages: fenced blocks, prose, anchors, commands."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

FENCE = re.compile(r"^```(\S*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Fence:
    """A fenced block, with its language, its text and its first line in the page."""

    language: str
    text: str
    line: int


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def fences(page: Path, *languages: str) -> list[Fence]:
    """Return the fenced blocks of a page in some languages."""
    text = page.read_text()
    found = [
        Fence(match[1], match[2], text.count("\n", 0, match.start()) + 2)
        for match in FENCE.finditer(text)
    ]
    return [fence for fence in found if fence.language in languages]


def prose(page: Path) -> str:
    """Return the page without its fenced blocks."""
    return FENCE.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(page: Path) -> list[str]:
    """Return the ``hbfp`` commands that no test runs: those in other blocks and indented lines.

    Lines with shell variables are left out, as are comments after a command and two spaces.
    """
    text = page.read_text()
    for fence in fences(page, "python", "console"):
        text = text.replace(fence.text, "")
    joined = re.sub(r" *\\\n *", " ", text)
    found = re.findall(r"^(?:    |node\$ |\$ )?(hbfp [a-z]+ .*?)(?:  .*)?$", joined, re.MULTILINE)
    return [command for command in found if "$" not in command]
