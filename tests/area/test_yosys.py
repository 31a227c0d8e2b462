"""Yosys in a child process: every failure becomes an error that names the log."""

import pytest

from hbfp_hw.area.yosys import SynthesisError, run_yosys


def test_commands_work_on_the_files_of_the_folder(tmp_path):
    (tmp_path / "design.v").write_text("module top(input a, output y); assign y = a; endmodule\n")
    commands = "read_verilog design.v\nwrite_rtlil design.il\n"
    run_yosys(commands, tmp_path, tmp_path / "log")
    assert "module \\top" in (tmp_path / "design.il").read_text()
    assert "read_verilog design.v" in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("commands", "logged"),
    [
        ("read_verilog nothing.v", "File `nothing.v' not found"),
        ("read_verilog bad.v", "syntax error"),
        ("no_such_command", "No such command: no_such_command"),
    ],
)
def test_failed_pass(tmp_path, commands, logged):
    (tmp_path / "bad.v").write_text("module top(;\n")
    log = tmp_path / "log"
    with pytest.raises(SynthesisError) as caught:
        run_yosys(commands, tmp_path, log)
    assert str(caught.value) == f"Yosys failed (exit status 1); see {log}"
    assert logged in log.read_text()


def test_time_limit(tmp_path):
    log = tmp_path / "log"
    with pytest.raises(SynthesisError) as caught:
        run_yosys("exec -- sleep 60", tmp_path, log, timeout=1)
    assert str(caught.value) == f"Yosys was stopped after its time limit of 1 s; see {log}"


def test_interrupt(tmp_path):
    def poll():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_yosys("exec -- sleep 60", tmp_path, tmp_path / "log", poll=poll)
