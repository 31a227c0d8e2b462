"""Log of a failed tool, printed when the environment asks for it."""

import pytest

from hbfp_hw.helpers.processes import SHOW_LOGS, ToolError
from tests.cli.conftest import hbfp

__all__ = ["hbfp"]


@pytest.fixture
def log(tmp_path, monkeypatch):
    """Make ``hbfp units`` fail, and return the log that its error names."""
    path = tmp_path / "yosys.log"

    def fail(options):
        raise ToolError("Yosys failed", log=path)

    monkeypatch.setattr("hbfp_hw.cli.commands.units.run", fail)
    return path


def test_printed_before_the_error(hbfp, log, monkeypatch):
    log.write_text("no such cell")
    monkeypatch.setenv(SHOW_LOGS, "1")
    result = hbfp("units")
    assert (result.status, result.out) == (1, "")
    assert result.err == f"{log}:\nno such cell\nhbfp: Yosys failed; see {log}\n"


def test_log_that_is_gone(hbfp, log, monkeypatch):
    monkeypatch.setenv(SHOW_LOGS, "1")
    assert hbfp("units").err == f"hbfp: Yosys failed; see {log}\n"


def test_not_printed_unasked(hbfp, log, monkeypatch):
    log.write_text("no such cell")
    monkeypatch.delenv(SHOW_LOGS, raising=False)
    assert hbfp("units").err == f"hbfp: Yosys failed; see {log}\n"
