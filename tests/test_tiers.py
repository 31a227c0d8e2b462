"""The tests of each tier, and the names of parameter sets in the markers."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.durations import RECORDED
from tests.tiers import Tier

ROOT = Path(__file__).parents[1]

CONFTEST = """
from tests import tiers
from tests.tiers import pytest_collection_modifyitems, sample
pytest_addoption = tiers.add_options
"""
EXAMPLE = """
import pytest

def test_quick(): pass

@pytest.mark.full
def test_full(): pass

@pytest.mark.full(but=["1", "2"])
@pytest.mark.parametrize("number", range(4))
def test_but(number): pass

@pytest.mark.full(only=["3"])
@pytest.mark.parametrize("number", range(4))
def test_only(number): pass

@pytest.fixture
def count(sample): return sample(100, quick=10)

def test_sampled(count, request):
    assert count == (10 if request.config.getoption("tier") == "quick" else 100)
"""
QUICK = {"quick", "but[1]", "but[2]", "only[0]", "only[1]", "only[2]", "sampled"}
REST = {"full", "but[0]", "but[3]", "only[3]", "sampled"}


def run_pytest(folder: Path, *arguments: str) -> str:
    """Run pytest in a child process, which must succeed; return its output."""
    child = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert child.returncode == 0, child.stdout + child.stderr
    return child.stdout


@pytest.mark.parametrize(
    ("tier", "tests"), [(Tier.QUICK, QUICK), (Tier.FULL, QUICK | REST), (Tier.REST, REST)]
)
def test_tests_of_a_tier(tier: Tier, tests: set[str], tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_example.py").write_text(EXAMPLE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = full: of the full suite\n")
    printed = run_pytest(tmp_path, "-vv", "--tier", tier)
    assert set(re.findall(r"::test_(\S+) PASSED", printed)) == tests


def named_parameters() -> list[tuple[str, str]]:
    """Return the test, as a node id, and the name of each parameter set in a marker."""
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            for call in getattr(node, "decorator_list", ()):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.full":
                    (keyword,) = call.keywords
                    test = f"{path.relative_to(ROOT)}::{node.name}"
                    found += [(test, name) for name in ast.literal_eval(keyword.value)]
    return found


@pytest.mark.full
def test_markers_name_parameters_that_exist() -> None:
    named = named_parameters()
    assert len(named) > 20
    files = sorted({test.partition("::")[0] for test, _ in named})
    collected = set(run_pytest(ROOT, "--collect-only", *files).splitlines())
    assert [f"{test}[{name}]" for test, name in named if f"{test}[{name}]" not in collected] == []


def test_the_quick_suite_takes_a_quarter() -> None:
    recorded = json.loads(RECORDED.read_text())
    folders = {path.name for path in (ROOT / "tests").iterdir() if (path / "__init__.py").is_file()}
    assert folders <= recorded["full"].keys()
    assert sum(recorded["quick"].values()) <= sum(recorded["full"].values()) / 4
