"""What the tests of area measure, and where they keep it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hbfp_hw.area.library import load_library
from hbfp_hw.area.source import VerilogSource
from hbfp_hw.area.statistics import YosysReports
from hbfp_hw.area.synthesis import synthesise

Figures = dict[str, Any]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of the package's library, whose cells are looked at once for all tests."""
    folder = tmp_path_factory.mktemp("library")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HBFP_CACHE", str(folder))
        load_library()
    (record,) = folder.glob("records/library-*.json")
    return record


@pytest.fixture
def cache(empty_cache: Path, library: Path) -> Path:
    """A cache that has the library only."""
    empty_cache.mkdir(parents=True)
    shutil.copy(library, empty_cache)
    return empty_cache


@pytest.fixture
def measured(cache: Path) -> Callable[..., Figures]:
    """Measures the module ``top`` of a text."""

    def run(verilog: str, root: str = "") -> Figures:
        figures, _ = synthesise(VerilogSource.of_text(verilog, "top"), load_library(), root=root)
        return figures

    return run


@pytest.fixture
def reports(tmp_path: Path) -> Callable[..., YosysReports]:
    """Return a function that writes reports: strings as they are, anything else as JSON."""

    def make(**contents: object) -> YosysReports:
        for name, content in contents.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / name.replace("_", ".")).write_text(text)
        return YosysReports(tmp_path, tmp_path / "yosys.log")

    return make
