"""Clock estimates are reported as soon as nextpnr logs them."""

import sys

from hbfp_hw.place_and_route.follow import follow_clock
from hbfp_hw.place_and_route.nextpnr import Nextpnr

LINE = "Info: Max frequency for clock '$glbnet$clk': 123.45 MHz (PASS at 100.00 MHz)\n"
LATER = "Warning: Max frequency for clock 'clk$SB_IO_IN_$glb_clk': 9.93 MHz (FAIL at 100.00 MHz)\n"


def test_each_clock_is_reported_once(tmp_path):
    log, told = tmp_path / "log", []
    log.write_text(LINE)  # from an earlier run
    read_new = follow_clock(log, told.append)
    read_new()
    assert told == []
    with log.open("a") as file:
        for part in ("Info: Placed 3 cells.\n" + LINE[:50], LINE[50:], "", LATER * 2):
            file.write(part)
            file.flush()
            read_new()
            read_new()
    assert told == [123.45, 9.93, 9.93]


def test_log_that_is_not_there_yet(tmp_path):
    told = []
    read_new = follow_clock(tmp_path / "log", told.append)
    read_new()
    (tmp_path / "log").write_text(LINE)
    read_new()
    assert told == [123.45]


def test_estimate_comes_while_nextpnr_runs(tmp_path):
    """A stub of nextpnr logs an estimate and ends only once it has been reported."""
    script = f"""
import pathlib, sys, time
sys.stderr.write({LINE!r})
sys.stderr.flush()
limit = time.monotonic() + 30
while not pathlib.Path("told").exists():
    assert time.monotonic() < limit
    time.sleep(0.01)
"""
    log = tmp_path / "log"
    told = []

    def tell(clock_mhz):
        told.append(clock_mhz)
        (tmp_path / "told").touch()

    nextpnr = Nextpnr((sys.executable, "-c", script), "none")
    poll = follow_clock(log, tell)
    nextpnr.run([], tmp_path, log, device="none", timeout=60, poll=poll)
    assert told == [123.45]
