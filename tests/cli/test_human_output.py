"""Output for people: words and numbers, nothing in Python's notation."""

import re

import pytest

from hbfp_hw.cli.commands import cosim as cosim_command
from hbfp_hw.cli.commands import fit as fit_command
from hbfp_hw.cli.parser import COMMANDS
from hbfp_hw.place_and_route import PlaceAndRouteResult
from tests.cli.conftest import FORMAT
from tests.place_and_route.test_command import FIGURES

PYTHON = re.compile(
    r"""
    \b(None|True|False)\b
    | \{ ['"\d}]                 # a dict or a set
    | \[ ['"\d(\]-] (?!-)        # a list; usage has [--option]
    | \( ['"\d][^()]* , \s* \)   # a tuple of one
    | ['"]\w+['"] \s* :
    | \b(array|dtype|PosixPath|OrderedDict|np\.\w+)\(
    | <[\w.]+ \s object
    """,
    re.VERBOSE,
)

GEMM = ("gemm", "X.npy", "W.npy", *FORMAT)
ARRAY = ("gemm", "X.npy", "W.npy", *FORMAT, "--rows", "2", "--cols", "3", "--engine")
QUICK = ("--model", "mlp", "--width", "2", "--batch-size", "400", "--workers", "1")
TRAIN = ("train", "--dataset", "digits", "--epochs", "1", *QUICK)
STUDY = (*QUICK, "--epochs", "1", "--seeds", "0", "1")
SWEEP = """
[gemm]
x = "X.npy"
w = "W.npy"
block-size = 4
check = true
show = ["cycles", "mismatches", "seconds"]
[gemm.sweep]
engine = ["golden", "cycle"]
mantissa-bits = [4, "4x6", 17]
"""


QUICK_RUNS = [
    GEMM,
    (*GEMM, "-c", "C.npy", "-o", "Y.npy", "--rounding", "stochastic", "--check"),
    (*GEMM, "--engine", "cycle"),
    (*ARRAY, "cycle", "--check", "--trace", "t.svg"),
    ("generate", "dot", *FORMAT, "-o", "out"),
    ("units",),
    ("cache",),
    ("cache", "list"),
    ("fit", "mac_hbfp4_n16", "convert_hbfp4_n64", "--family", "ice40"),
    ("density",),
    ("workload", "resnet20", "--rows", "8", "--cols", "8"),
    (*TRAIN, "--schedule", "fp32", "booster", "--seeds", "0", "1"),
    TRAIN,
    ("explore", "distances", *STUDY, "--mantissa-bits", "2,4", "--block-sizes", "64"),
    ("explore", "landscape", *STUDY, "--points", "5", "--directions", "2", "--grid", "0"),
    ("explore", "sensitivity", *STUDY),
]
FULL_RUNS = [
    ("sweep", "small.toml", "--csv", "a.csv"),
    (*GEMM, "--engine", "rtl", "--check"),
    (*ARRAY, "rtl", "--top", "core"),
    ("test", "fp32", "--sim", "icarus", "--coverage"),
    ("cosim", "dot", *FORMAT, "--vectors", "1e3"),
    ("area", "dot", "convert", *FORMAT, "--fpga", "ice40"),
    ("report", "-o", "out", "--quick"),
    ("ppa", "dot", *FORMAT, "--stages", "0", "--effort", "area"),
]
RUNS = QUICK_RUNS + [pytest.param(run, marks=pytest.mark.full) for run in FULL_RUNS]


def name_of(command):
    return "-".join(word for word in command[:2] if word.isalnum())


def test_every_command_is_run():
    assert {run[0] for run in QUICK_RUNS + FULL_RUNS} == set(COMMANDS)


@pytest.fixture
def known_fit(monkeypatch):
    """Replace place and route by known figures. A unit that computes no product has no MACs."""

    def place_and_route(unit, family, options, *, config, watch):
        macs = None if config.startswith("convert") else 16
        known = FIGURES | {"macs_per_cycle": macs, "speed": None}
        return PlaceAndRouteResult(
            config=config, design=unit.design_name, parameters=unit.parameters, **known
        )

    monkeypatch.setattr(fit_command, "place_and_route", place_and_route)


@pytest.mark.parametrize("command", RUNS, ids=map(name_of, QUICK_RUNS + FULL_RUNS))
def test_no_python(folder, hbfp, known_fit, command):
    (folder / "small.toml").write_text(SWEEP)
    ended = hbfp(*command)
    assert ended.status == (command[0] == "sweep")  # two of its points are to fail
    assert ended.out
    for line in ended.out.splitlines():
        assert not PYTHON.search(line), line


def test_difference_of_cosim():
    """Blocks are printed without the brackets of lists, and a missing transfer as ``-``."""
    figures = {
        **dict.fromkeys(("vectors", "cycles", "mismatches"), 3),
        **dict.fromkeys(("vectors_per_second", "cycles_per_second"), 1.5),
        "saved": None,
        "classes": {"wide": 3},
        "differences": [
            {
                "output": "o",
                "transfer": 0,
                "outcome": "timeout",
                "inputs": {"i": {"a.mantissas": [[1, -2], [3, 4]], "a.exponent": [-32, 7]}},
                "expected": {"o": [7]},
                "got": {"o": []},
            }
        ],
    }
    lines = cosim_command._lines(figures)
    assert "  i          a.mantissas 1 -2 / 3 4, a.exponent -32 7" in lines
    assert lines[-2:] == ["  expected   o 7", "  got        o -"]
    assert not any(PYTHON.search(line) for line in lines)


@pytest.mark.parametrize(
    "line",
    ["shape   {'M': 50}", "bits [4, 4]", "cycles   None", "empty []", "check=True", "x (4,)"],
)
def test_python_is_found(line):
    assert PYTHON.search(line)


@pytest.mark.parametrize("line", ["UNIT [--rows R --cols C]", "a (0.5, 2)", "8.53 (1.92)"])
def test_usage_and_figures_are_no_python(line):
    assert not PYTHON.search(line)
