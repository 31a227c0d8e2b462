"""The lint commands of the RTL guide work as they are written."""

import os
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

from hbfp_hw.cli import main
from tests.docs.pages import ROOT, fences

GUIDE = ROOT / "docs" / "guide_rtl.md"


def test_lint_commands(tmp_path, monkeypatch):
    """The commands print nothing, with ``verilator`` as the Makefile's environment has it."""
    monkeypatch.chdir(tmp_path)
    generate = next(
        line.removeprefix("$ hbfp ")
        for fence in fences(GUIDE, "console")
        for line in fence.text.splitlines()
        if line.startswith("$ hbfp generate")
    )
    assert main(shlex.split(generate)) == 0
    link_verilator = runpy.run_path(str(ROOT / "scripts" / "setup_env.py"))["link_verilator"]
    environment = tmp_path / "environment"
    (environment / "bin").mkdir(parents=True)
    link_verilator(environment, sys.executable)
    link_verilator(environment, sys.executable)  # again: the link exists
    path = os.pathsep.join([str(environment / "bin"), os.environ["PATH"]])
    lines = [line for fence in fences(GUIDE, "sh") for line in fence.text.splitlines()]
    commands = [line for line in lines if line.startswith(("iverilog", "verilator"))]
    assert len(commands) == 2
    for command in commands:
        ended = subprocess.run(
            shlex.split(command),
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 0, ended.stderr
        assert "arning" not in ended.stdout + ended.stderr


def test_command_that_is_there_is_kept(tmp_path):
    link_verilator = runpy.run_path(str(ROOT / "scripts" / "setup_env.py"))["link_verilator"]
    command = Path(tmp_path, "bin", "verilator")
    command.parent.mkdir()
    command.write_text("somebody's")
    link_verilator(tmp_path, sys.executable)
    assert command.read_text() == "somebody's"
