"""Generation gives the same bytes each time, in every process and on every machine."""

import json
import os
import re
import subprocess
import sys

import pytest

from hbfp_hw.generation.verilog import generate
from hbfp_hw.rtl import Dot, DotEngine
from tests.generation.variants import SAMPLES, A, digest


@pytest.mark.parametrize("name", SAMPLES)
def test_generation_repeats_byte_for_byte(name):
    assert digest(name) == digest(name)


@pytest.mark.full
@pytest.mark.parametrize("seed", ["1", "4242"])
def test_generation_in_another_process_gives_the_same_bytes(seed, tmp_path):
    script = (
        "from tests.generation.variants import SAMPLES, digest\n"
        "for name in reversed(SAMPLES): print(name, digest(name))\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert child.returncode == 0, child.stderr
    found = dict(line.split() for line in child.stdout.splitlines())
    assert found == {name: digest(name) for name in SAMPLES}


def test_host_yosys_is_not_used(monkeypatch):
    monkeypatch.setenv("AMARANTH_USE_YOSYS", "system")
    monkeypatch.setenv("YOSYS", "/bin/false")
    assert "Amaranth Yosys" in generate(Dot(A)).verilog


def test_no_path_of_the_machine_in_the_text():
    design = generate(DotEngine(A))
    for text in (design.verilog, design.control, json.dumps(design.description.to_json())):
        assert not re.search(r"src *=|\.py|/home|/tmp", text)
