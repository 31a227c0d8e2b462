"""Fixtures of the area tests: a result cache, a measurement of small designs, reports of Yosys."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hbfp_hw.area.library import load_library
from hbfp_hw.area.source import VerilogSource
from hbfp_hw.area.statistics import YosysReports
from hbfp_hw.area.synthesis import TimedSynthesisFigures, synthesise


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cache record of the package's library, checked once for all tests."""
    folder = tmp_path_factory.mktemp("library")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HBFP_CACHE", str(folder))
        load_library()
    (record,) = folder.glob("records/library-*.json")
    return record


@pytest.fixture
def cache(empty_cache: Path, library: Path) -> Path:
    """Folder of a result cache with no entry but the package's library."""
    empty_cache.mkdir(parents=True)
    shutil.copy(library, empty_cache)
    return empty_cache


@pytest.fixture
def measured(cache: Path) -> Callable[..., TimedSynthesisFigures]:
    """Function that measures the module ``top`` of a Verilog text."""

    def run(verilog: str, root: str = "") -> TimedSynthesisFigures:
        figures, _ = synthesise(VerilogSource.of_text(verilog, "top"), load_library(), root=root)
        return figures

    return run


@pytest.fixture
def reports(tmp_path: Path) -> Callable[..., YosysReports]:
    """Function that writes reports from keywords: ``flat_json`` becomes the file ``flat.json``.

    A string is the text of its file; anything else is written as JSON.
    """

    def make(**contents: object) -> YosysReports:
        for name, content in contents.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / name.replace("_", ".")).write_text(text)
        return YosysReports(tmp_path, tmp_path / "yosys.log")

    return make
