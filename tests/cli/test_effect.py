"""Every option has an effect or is refused, in a line that names options with an effect."""

from itertools import chain

import pytest

from hbfp_hw.cli.arguments.unit import add_unit_options
from hbfp_hw.cli.output import BadInput
from hbfp_hw.cli.parser import Parser, command_parsers
from hbfp_hw.cli.selection import select_units
from hbfp_hw.generation.option_names import PARAMETERS
from hbfp_hw.generation.registry import UNITS
from hbfp_hw.generation.verilog import generate
from tests.cli.conftest import FORMAT, assert_refused, snapshot

SIZES = {"mantissa_bits": "4", "block_size": "4", "rows": "2", "columns": "2"}
"""Values of required parameters."""

OTHERS = {
    "mantissa_bits": ("6", "8", "4x6", "6x4"),
    "block_size": ("2",),
    "exponent_bits": ("8",),
    "random_bits": ("4",),
    "rounding": ("nearest", "stochastic", "truncate"),
    "pipeline": ("0", "1", "2"),
    "free_running": (None,),
    "sign_magnitude": (None,),
    "variant": ("native", "narrow"),
    "rows": ("4",),
    "columns": ("4",),
    "depth": ("4",),
    "panel_tiles": ("4",),
    "bus_bits": ("64", "256"),
    "queue": ("2",),
    "layers": ("8",),
    "lanes": ("2",),
    "fused": (None,),
    "accumulate": ("bf16",),
}
"""Values other than the default, for every parameter. None: the option takes no value."""

DEFAULTS = {("pipeline", "1"), ("pipeline", "0")}
"""Pairs of parameter and value that change nothing in a unit whose default they are."""


def _words(unit, given):
    values = {name: SIZES[name] for name in UNITS[unit].needed} | given
    pairs = ([f"--{PARAMETERS[name]}", value] for name, value in values.items())
    return [unit, *(word for word in chain.from_iterable(pairs) if word is not None)]


def _select(unit, given):
    parser = Parser()
    parser.add_argument("name")
    add_unit_options(parser)
    ((_, selected),) = select_units(parser.parse_args(_words(unit, given)), unit)
    return selected


def _verilog(unit):
    """Return the Verilog without the name of the top module, which carries parameters."""
    design = generate(unit)
    return design.verilog.replace(design.name, "top")


def _parameters(unit):
    return type(unit), unit.parameters


def test_the_walk_has_every_unit_option():
    parser = Parser()
    add_unit_options(parser)
    assert {action.dest for action in parser._actions} - {"help"} == set(PARAMETERS) == set(OTHERS)


@pytest.mark.parametrize(
    "what", [_parameters, pytest.param(_verilog, marks=pytest.mark.full)], ids=["unit", "verilog"]
)
@pytest.mark.parametrize("unit", UNITS)
def test_every_option_of_a_unit_changes_it_or_is_refused(unit, what):
    plain = what(_select(unit, {}))
    changing, refused = set(), {}
    for name, values in OTHERS.items():
        for value in values:
            try:
                changed = what(_select(unit, {name: value})) != plain
            except BadInput as error:
                refused[name] = str(error)
                continue
            assert changed or (name, value) in DEFAULTS, (name, value)
            changing |= {name} if changed else set()
    own = ", ".join(f"--{PARAMETERS[name]}" for name in PARAMETERS if name in changing)
    for name in OTHERS.keys() - changing:
        assert refused[name] == (
            f"Unit {unit!r} must be given without --{PARAMETERS[name]}: its options are {own}"
        )
    assert changing >= set(UNITS[unit].needed)
    assert len(changing) >= 2
    assert len(changing) < len(OTHERS)


@pytest.mark.parametrize("unit", ["convert", "dot_engine"])
@pytest.mark.parametrize("rounding", ["nearest", "truncate"])
def test_random_bits_without_stochastic_rounding(unit, rounding):
    message = "^Option --random-bits must go with --rounding stochastic or any$"
    with pytest.raises(BadInput, match=message):
        _select(unit, {"rounding": rounding, "random_bits": "4"})
    for drawn in ("stochastic", "any"):
        assert _select(unit, {"rounding": drawn, "random_bits": "4"}).parameters["random_bits"] == 4


@pytest.mark.parametrize("bits", ["4", "6", "4x4", "4x6", "6x4", "8"])
@pytest.mark.parametrize("unit", ["pe", "array", "gemm", "core"])
@pytest.mark.parametrize("command", ["generate", "area", "ppa", "cosim", "fit"])
def test_widths_of_a_mixed_unit(folder, hbfp, command, unit, bits):
    before = snapshot(folder)
    sizes = ["--rows", "2", "--cols", "2"] if unit != "pe" else []
    more = ["--family", "ecp5"] if command == "fit" else []
    ended = hbfp(command, unit, "--block-size", 4, *sizes, *more, "--mantissa-bits", bits)
    assert_refused(ended, f"hbfp: Unit {unit!r} must be given without --mantissa-bits: its options")
    assert "are --block-size, --exponent-bits, " in ended.err
    assert snapshot(folder) == before


GEMM = ("gemm", "X.npy", "W.npy", *FORMAT)
CYCLE = (*GEMM, "--engine", "cycle")
WORKLOAD = ("workload", "resnet20", "--rows", "4", "--cols", "4")
FP32 = ("train", "--dataset", "digits", "--schedule", "fp32")
DISTANCES, LANDSCAPE = ("explore", "distances"), ("explore", "landscape", "--schedule", "fp32")
FORMATS = "a --schedule other than fp32"

REFUSED = [
    *(
        ((*command, "--rounding", mode, "--random-bits", "8"), "--rounding stochastic")
        for command in (GEMM, CYCLE)
        for mode in ("nearest", "truncate")
    ),
    *(
        ((*command, *option), "--engine rtl")
        for command in (GEMM, CYCLE)
        for option in (("--sim", "verilator"), ("--sim", "icarus"), ("--timeout", "3"))
    ),
    ((*GEMM, "--top", "core"), "--engine rtl"),
    *(
        ((*GEMM, *option), "--engine cycle or rtl")
        for option in (("--rows", "2"), ("--cols", "2"), ("--depth", "4"), ("--panel-tiles", "2"))
    ),
    ((*WORKLOAD, "--exponent-bits", "8"), "--density"),
    *(
        ((*WORKLOAD, "--schedule", name, "--booster-epochs", "1"), "--schedule booster")
        for name in ("fp32", "hbfp4", "hbfp4+layers")
    ),
    *(
        ((*FP32, *option), with_)
        for option, with_ in (
            (("--booster-epochs", "1"), "--schedule booster"),
            (("--block-size", "16"), FORMATS),
            (("--exponent-bits", "8"), FORMATS),
            (("--rounding", "nearest"), FORMATS),
            (("--record-layers", "output"), "--record-tensors"),
            (("--record-epochs", "1"), "--record-tensors"),
        )
    ),
    ((*DISTANCES, "--booster-epochs", "2"), "--schedule booster"),
    ((*DISTANCES, "--block-size", "16"), FORMATS),
    (("explore", "sensitivity", "--booster-epochs", "2"), "--schedule booster"),
    ((*LANDSCAPE, "--booster-epochs", "2"), "--schedule booster"),
    ((*LANDSCAPE, "--block-size", "16"), FORMATS),
    ((*LANDSCAPE, "--rounding", "truncate"), FORMATS),
    ((*LANDSCAPE, "--exponent-bits", "8"), FORMATS),
]


@pytest.mark.parametrize(("words", "needed"), REFUSED, ids=lambda value: " ".join(value)[-60:])
def test_an_option_without_effect_names_what_it_needs(folder, hbfp, words, needed):
    before = snapshot(folder)
    ended = hbfp(*words)
    assert_refused(ended, f" must go with {needed}\n")
    assert any(f"Option {word} " in ended.err for word in words)
    assert snapshot(folder) == before


CONDITIONAL = {
    "gemm": {"random-bits", "sim", "timeout", "top", "rows", "cols", "depth"}
    | {"panel-tiles", "variant", "waves", "trace"},
    "workload": {"exponent-bits", "booster-epochs", "classes", "length"},
    "train": {"booster-epochs", "block-size", "exponent-bits", "rounding", "data", "resume"}
    | {"record-layers", "record-epochs"}
    | {"schedule", "dataset", "study"},
    "explore": {"booster-epochs", "block-size", "exponent-bits", "rounding", "data", "resume"}
    | {"schedule", "mantissa-bits", "block-sizes", "every", "directions", "points", "grid"}
    | {"reach", "samples"},
    "fit": {"speed"},
    "sweep": {"workers"},
    "cosim": {"stalls"},
    "cache": {"limit"},
}
"""Options that have an effect only beside others and are refused without them."""

ALWAYS = {
    "gemm": {
        "c",
        "output",
        "seed",
        "mantissa-bits",
        "block-size",
        "exponent-bits",
        "rounding",
        "engine",
    }
    | {"check"},
    "generate": {"output", "source-locations", "fusesoc", "clock-mhz"},
    "test": {"sim", "output", "coverage"},
    "cosim": {"vectors", "seed", "workers", "save-failing", "timeout"},
    "area": {"liberty", "fpga", "no-cache", "timeout"},
    "ppa": {"stages", "effort", "clock", "stimulus", "liberty", "no-wires", "plot"}
    | {"energy-plot", "no-cache", "workers", "timeout"},
    "fit": {"family", "device", "seed", "frequency", "no-cache", "timeout"},
    "density": {"components", "plot"},
    "report": {"output", "quick", "no-cache", "pyosys"},
    "workload": {"schedule", "rows", "cols", "variant", "block-size", "depth", "panel-tiles"}
    | {"batch", "epochs", "density", "plot"},
    "train": {"seeds", "epochs", "width", "batch-size", "learning-rate", "last-rate", "momentum"}
    | {"weight-decay", "model", "output", "workers", "record-tensors"},
    "explore": {"dataset", "seeds", "epochs", "width", "batch-size", "learning-rate", "last-rate"}
    | {"momentum", "weight-decay", "model", "output", "workers"},
    "sweep": {"output", "cluster", "retry-failed", "csv", "plot"},
}
"""Options that always change the result, its place or its speed."""


def _options(parser):
    return {
        action.option_strings[-1].lstrip("-"): action
        for action in parser._actions
        if action.option_strings
    }


def test_every_option_of_every_command_is_tested():
    """Every option is a parameter of a unit, tested above, or is in one of the two lists."""
    units = {option for option in PARAMETERS.values() if option != "fused"}
    for name, parser in command_parsers().items():
        options = _options(parser).keys() - {"help", "json"}
        if name in ("generate", "cosim", "area", "ppa", "fit"):
            assert options >= units
            options -= units
        assert options == CONDITIONAL.get(name, set()) | ALWAYS.get(name, set()), name


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((*GEMM, "--variant", "mixed"), "Option --variant must go with --engine cycle or rtl"),
        ((*GEMM, "--waves", "w.fst"), "Waves must be a .fst file of an RTL run"),
        ((*GEMM, "--trace", "t.svg"), "Trace must be a .svg file of a cycle run with --rows and"),
        (("workload", "gpt2-block", "--rows", "2", "--cols", "2", "--classes", "3"), "not classes"),
        ((*WORKLOAD, "--length", "3"), "Network resnet20 must be given classes, not length"),
        ((*FP32, "--data", "."), "Data folder (--data) must be given for cifar10, and for nothing"),
        ((*FP32, "--resume"), "Output folder (--output) must be given to resume from its checkp"),
        (("train", "--study", "--dataset", "digits"), "Either a data set (--dataset) or --study"),
        (("train", "--study", "--schedule", "fp32"), "Schedules must not be given with --study"),
        (("explore", "all", "--data", "."), "Data folder (--data) must be given for cifar10, and"),
        (("explore", "all", "--resume"), "Output folder (--output) must be given to resume from"),
        *(
            (("explore", study, f"--{option}", "8"), f"--{option} must be given for ")
            for study, options in {
                "distances": ("directions", "points", "grid", "reach", "samples"),
                "landscape": ("mantissa-bits", "block-sizes", "every"),
                "sensitivity": ("block-sizes", "every", "directions", "points", "grid", "reach"),
            }.items()
            for option in options
        ),
        (("explore", "sensitivity", "--schedule", "fp32"), "--schedule must be given for distan"),
        (
            ("fit", "fp32_mac", "--family", "ice40", "--speed", "6"),
            "Speed grade of ice40 must be left out, not 6",
        ),
    ],
    ids=lambda value: " ".join(value)[-40:] if isinstance(value, tuple) else "",
)
def test_conditional_options(folder, hbfp, words, message):
    assert_refused(hbfp(*words), message)
