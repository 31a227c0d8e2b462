"""Rules of style that no linter has: see CONTRIBUTING.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("hbfp_hw", "sim", "tests", "examples", "benchmarks", "scripts", "docs")
MOST_LINES = 300
MOST_RIDDLES = 15

RIDDLE = re.compile(r"so many|So many|of which|As of |is none|Who |looked at")
"""Phrases of sentences that hide their subject; a few uses are plain English."""

BAD_OPENING = re.compile(r"(What|Who|Of|So)\b")


def files(*suffixes: str) -> Iterator[Path]:
    """Yield the project's own files with one of the suffixes."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and path != Path(__file__):
                yield path


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Yield name and syntax tree of every Python file."""
    for path in files(".py"):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def splats(tree: ast.AST) -> Iterator[ast.Starred]:
    """Yield the arguments of calls that unpack a literal tuple or list."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for argument in node.args:
                if isinstance(argument, ast.Starred) and isinstance(
                    argument.value, ast.Tuple | ast.List
                ):
                    yield argument


def bad_openings(tree: ast.AST) -> Iterator[str]:
    """Yield the docstrings that do not name their thing first."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring and BAD_OPENING.match(docstring):
                yield docstring


def test_files_are_short() -> None:
    """A file that grows past the limit holds more than one thing."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in files(".py", ".cpp", ".h")
    }
    assert len(lengths) > 500
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_literal_is_splatted_into_a_call() -> None:
    """Arguments are named or stand in order."""
    assert [f"{name}:{node.lineno}" for name, tree in trees() for node in splats(tree)] == []


def test_docstrings_name_their_thing() -> None:
    """A docstring begins with a verb or a noun phrase."""
    assert [(name, text) for name, tree in trees() for text in bad_openings(tree)] == []


def test_sentences_have_subjects() -> None:
    """Few sentences use the words with which subjects are usually hidden."""
    pages = [
        ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
    ]
    hits = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in [*pages, *files(".py", ".md", ".h", ".cpp")]
        for line in path.read_text(encoding="utf-8").splitlines()
        if RIDDLE.search(line)
    ]
    assert len(hits) <= MOST_RIDDLES, "\n".join(hits)


@pytest.mark.parametrize("call", ["f(*(a, b), c=1)", "f(x, *[a])"])
def test_a_splat_is_found(call: str) -> None:
    """The rule about splats can fail."""
    assert list(splats(ast.parse(call)))


def test_a_bad_opening_is_found() -> None:
    """The rule about docstrings can fail."""
    assert list(bad_openings(ast.parse('def f():\n    """What it does."""')))
