"""Child processes end with their group, and errors name the log."""

import time
from pathlib import Path

import pytest

from hbfp_hw.simulate import SimulationError, versions
from hbfp_hw.simulate.cache import cache_folder
from hbfp_hw.simulate.process import run_process


def _running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_time_limit_kills_the_whole_group(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    script = "echo started; sleep 60 & echo $! > child; sleep 60"
    with pytest.raises(SimulationError, match=rf"^sh was stopped after .* of 0.5 s; see {log}$"):
        run_process(["sh", "-c", script], cwd=tmp_path, log=log, timeout=0.5)
    assert log.read_text() == "started\n"
    child = int((tmp_path / "child").read_text())
    time.sleep(0.1)
    assert not _running(child)


def test_interrupt_kills_the_whole_group(tmp_path: Path) -> None:
    def interrupt() -> None:
        if (tmp_path / "child").exists():
            raise KeyboardInterrupt

    script = "sleep 60 & echo $! > new; mv new child; sleep 60"
    with pytest.raises(KeyboardInterrupt):
        run_process(["sh", "-c", script], cwd=tmp_path, log=tmp_path / "log", poll=interrupt)
    time.sleep(0.1)
    assert not _running(int((tmp_path / "child").read_text()))


def test_bad_exit_status_names_the_log(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    with pytest.raises(SimulationError, match=rf"^sh failed \(exit status 3\); see {log}$"):
        run_process(["sh", "-c", "exit 3"], cwd=tmp_path, log=log)
    assert run_process(["sh", "-c", "exit 3"], cwd=tmp_path, log=log, check=False) == 3


def test_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HBFP_CACHE", "/somewhere/else")
    assert cache_folder() == Path("/somewhere/else")
    monkeypatch.delenv("HBFP_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder() == Path("/caches/hbfp_hw")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "hbfp_hw"


def test_versions() -> None:
    assert {"cocotb", "verilator", "icarus", "compiler"} <= set(versions())
