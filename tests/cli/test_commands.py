"""Features of every command: help with examples, one JSON object, exit codes."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.registry import UNITS
from tests.cli.conftest import FORMAT

COMMANDS = ("gemm", "generate", "units", "test", "area", "workload")
HBFP = Path(sys.executable).with_name("hbfp")


def _process(*arguments, **options):
    given = {"capture_output": True, "text": True, "timeout": 60} | options
    return subprocess.run([HBFP, *map(str, arguments)], **given)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples(hbfp, command):
    ended = hbfp(command, "--help")
    assert (ended.status, ended.err) == (0, "")
    assert f"examples:\n  hbfp {command}" in ended.out
    assert "--json" in ended.out


def test_help_names_every_command_and_the_exit_codes(hbfp):
    ended = hbfp("--help")
    assert ended.status == 0
    assert all(f"  {command} " in ended.out for command in COMMANDS)
    assert "Exit code: 0" in ended.out


def test_version(hbfp):
    assert hbfp("--version").out == f"hbfp_hw {version('hbfp_hw')}\n"


def test_units(hbfp):
    ended = hbfp("units")
    assert (ended.status, ended.err) == (0, "")
    for name in [*UNITS, *CATALOG]:
        assert f"  {name} " in ended.out


def test_units_as_json(hbfp):
    ended = hbfp("units", "--json")
    assert (ended.status, ended.err, ended.out.count("\n")) == (0, "", 1)
    result = json.loads(ended.out)
    assert set(result["units"]) == set(UNITS)
    assert set(result["configurations"]) == set(CATALOG)
    engine = result["configurations"]["hbfp4_n64"]
    assert engine["name"] == "hbfp_dot_engine_m4_n64_e10"
    assert engine["latency"] == 4
    assert {"name": "o__payload", "direction": "out", "width": 32} in engine["ports"]


def test_generate(hbfp, tmp_path):
    ended = hbfp("generate", "dot", *FORMAT, "-o", tmp_path)
    assert (ended.status, ended.err) == (0, "")
    paths = [Path(line) for line in ended.out.splitlines()]
    assert [path.name for path in paths] == [
        f"hbfp_dot_m4_n4_e10{suffix}" for suffix in (".v", ".json", ".vlt")
    ]
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_generate_as_json(hbfp, tmp_path):
    options = ("--pipeline", 2, "--exponent-bits", 8, "--rounding", "stochastic")
    ended = hbfp("generate", "convert", *FORMAT, *options, "--json", "-o", tmp_path)
    assert (ended.status, ended.err, ended.out.count("\n")) == (0, "", 1)
    result = json.loads(ended.out)
    (name,) = result["designs"]
    assert name == "hbfp_convert_m4_n4_e8_stochastic_p2"
    assert result["files"] == [str(tmp_path / f"{name}{s}") for s in (".v", ".json", ".vlt")]
    parameters = json.loads((tmp_path / f"{name}.json").read_text())["parameters"]
    assert parameters["rounding"] == "stochastic"
    assert parameters["pipeline"] == 2


def test_as_a_program(tmp_path):
    ended = _process("generate", "fp32", *FORMAT, "--json", cwd=tmp_path)
    assert (ended.returncode, ended.stderr, ended.stdout.count("\n")) == (0, "", 1)
    assert len(json.loads(ended.stdout)["files"]) == 3
    ended = _process("generate", "fp32", "--mantissa-bits", "1", "--block-size", "4", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "hbfp: Mantissa width must be 2 to 16, not 1\n"


def test_reader_that_goes_away():
    script = f'"{HBFP}" units; echo $? >&2'
    ended = subprocess.run(
        ["sh", "-c", f"({script}) | true"], capture_output=True, text=True, timeout=60
    )
    # The reader may close the pipe before or after the writing.
    assert ended.stderr in ("1\n", "0\n")


def test_full_standard_output():
    with Path("/dev/full").open("w") as full:
        ended = _process("units", stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert ended.returncode == 1
    assert ended.stderr == "hbfp: [Errno 28] No space left on device: 'standard output'\n"


def test_cache_that_cannot_be_written(folder, hbfp, monkeypatch):
    monkeypatch.setenv("HBFP_CACHE", str(folder / "X.npy"))
    ended = hbfp("gemm", "X.npy", "W.npy", *FORMAT, "--engine", "rtl")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("hbfp: Cache folder must be one that can be written, not ")
    assert ended.err.endswith(": set HBFP_CACHE to another\n")
    assert ended.err.count("\n") == 1


def test_not_enough_memory(folder, hbfp, monkeypatch):
    def fail(*_, **__):
        raise MemoryError("Unable to allocate 36 TiB")

    monkeypatch.setattr("hbfp_hw.product.gemm", fail)
    ended = hbfp("gemm", "X.npy", "W.npy", *FORMAT)
    assert (ended.status, ended.out) == (1, "")
    assert ended.err == "hbfp: not enough memory: Unable to allocate 36 TiB\n"
