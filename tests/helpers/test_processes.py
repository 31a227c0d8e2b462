"""Child processes end with their group, and errors name the log."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from hbfp_hw.helpers.cache import cache_folder
from hbfp_hw.helpers.processes import exit_status, run_process
from hbfp_hw.simulate import ToolError, versions
from tests.processes import running, wait_for_end


def test_time_limit_kills_the_whole_group(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    script = "echo started; sleep 60 & echo $! > child; sleep 60"
    with pytest.raises(ToolError, match=rf"^sh was stopped after .* of 0.5 s; see {log}$"):
        run_process(["sh", "-c", script], cwd=tmp_path, log=log, timeout=0.5)
    assert log.read_text() == "started\n"
    child = int((tmp_path / "child").read_text())
    time.sleep(0.1)
    assert not running(child)


def test_interrupt_kills_the_whole_group(tmp_path: Path) -> None:
    def interrupt() -> None:
        if (tmp_path / "child").exists():
            raise KeyboardInterrupt

    script = "sleep 60 & echo $! > new; mv new child; sleep 60"
    with pytest.raises(KeyboardInterrupt):
        run_process(["sh", "-c", script], cwd=tmp_path, log=tmp_path / "log", poll=interrupt)
    time.sleep(0.1)
    assert not running(int((tmp_path / "child").read_text()))


def test_bad_exit_status_names_the_log(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    with pytest.raises(ToolError, match=rf"^sh failed \(exit status 3\); see {log}$"):
        run_process(["sh", "-c", "exit 3"], cwd=tmp_path, log=log)
    assert exit_status(["sh", "-c", "exit 3"], cwd=tmp_path, log=log) == 3


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


def test_nothing_outlives_a_program_that_is_killed(tmp_path: Path) -> None:
    """A grandchild ends too, whichever thread started the child."""
    script = (
        "import pathlib, threading\n"
        "from hbfp_hw.helpers.processes import run_process\n"
        "command = ['sh', '-c', 'sleep 60 & echo $! $$ > new; mv new children; sleep 60']\n"
        "here = pathlib.Path()\n"
        "run = lambda: run_process(command, cwd=here, log=here / 'log')\n"
        "threading.Thread(target=run).start()\n"
    )
    program = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path)
    try:
        while not (tmp_path / "children").exists():
            assert program.poll() is None
            time.sleep(0.02)
    finally:
        program.kill()
    program.wait()
    wait_for_end(set(map(int, (tmp_path / "children").read_text().split())))
