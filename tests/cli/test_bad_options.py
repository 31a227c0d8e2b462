"""Impossible formats, numbers and names are refused in one line; no file is written."""

import pytest

from tests.cli.conftest import FORMAT, assert_refused, snapshot

OPTIONS = [
    *(
        (["--mantissa-bits", text], "Mantissa width must be a number or two, such as 4 or 4x6, not")
        for text in ("4x", "x4", "abc", "", "4 x 4", "4x4x4", "4.0", "4\nx4", "9" * 5000)
    ),
    *(
        (["--mantissa-bits", text], f"Mantissa width must be 2 to 16, not {wrong}")
        for text, wrong in (("1", 1), ("0", 0), ("17", 17), ("4x99", 99), ("17x4", 17))
    ),
    (["--block-size", "0"], "Block size must be 1 to 1024, not 0"),
    (["--block-size", "1025"], "Block size must be 1 to 1024, not 1025"),
    (["--block-size", "-1"], "Block size must be 1 to 1024, not -1"),
    (["--block-size", "9" * 4000], "Block size must be 1 to 1024, not 999"),
    (["--block-size", "9" * 5000], "argument --block-size: invalid int value: '999"),
    (["--block-size", "4.5"], "argument --block-size: invalid int value: '4.5'"),
    (["--exponent-bits", "4"], "Exponent width must be 5 to 12, not 4"),
    (["--exponent-bits", "13"], "Exponent width must be 5 to 12, not 13"),
    (["--random-bits", "0"], "Random bits must be 1 to 16, not 0"),
    (["--random-bits", "17"], "Random bits must be 1 to 16, not 17"),
    (["--rounding", "up"], "argument --rounding: invalid choice: 'up'"),
    (["--no-such\noption"], "unrecognized arguments: --no-such\\noption"),
]

CORE = ("--rows", "2", "--cols", "2", "--block-size", "4")
GEMM_OPTIONS = [
    *OPTIONS,
    (["--seed", "-1"], "Seed must be 0 to 4294967295, not -1"),
    (["--seed", str(2**32)], "Seed must be 0 to 4294967295, not 4294967296"),
    *(
        (["--timeout", text], f"Time limit must be positive, not {float(text)!r}")
        for text in ("0", "-1", "nan")
    ),
    (["--timeout", "soon"], "argument --timeout: invalid float value: 'soon'"),
    (["--engine", "abacus"], "argument --engine: invalid choice: 'abacus'"),
    (["--sim", "spice"], "argument --sim: invalid choice: 'spice'"),
    (["--waves", "w.fst"], "Waves must be a .fst file of an RTL run"),
    (["--engine", "rtl", "--waves", "w.txt"], "Waves must be a .fst file of an RTL run"),
]

GENERATE_OPTIONS = [
    *OPTIONS,
    (["--pipeline", "3"], "Pipeline depth must be 0 to 2, not 3"),
    (["--pipeline", "-1"], "Pipeline depth must be 0 to 2, not -1"),
    (["--mantissa-bits", "4x6"], "Mantissa width must be one number, not '4x6'"),
]


def _ids(cases):
    return [" ".join(arguments)[:30] for arguments, _ in cases]


@pytest.mark.parametrize("json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize(("given", "message"), GEMM_OPTIONS, ids=_ids(GEMM_OPTIONS))
def test_gemm(folder, hbfp, given, message, json):
    before = snapshot(folder)
    ended = hbfp("gemm", "X.npy", "W.npy", *FORMAT, "-o", "Y.npy", *given, *["--json"] * json)
    assert_refused(ended, message)
    assert snapshot(folder) == before


@pytest.mark.parametrize(("given", "message"), GENERATE_OPTIONS, ids=_ids(GENERATE_OPTIONS))
def test_generate(folder, hbfp, given, message):
    before = snapshot(folder)
    assert_refused(hbfp("generate", "convert", *FORMAT, "-o", "out", *given), message)
    assert snapshot(folder) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "hbfp: the following arguments are required: COMMAND"),
        (["divide"], "argument COMMAND: invalid choice: 'divide'"),
        (["--json", "units"], "arguments: --json; options of a command go after its name (see"),
        (["units", "--jsno"], "hbfp units: unrecognized arguments: --jsno: did you mean --json? "),
        (["units", "dot"], "hbfp units: unrecognized arguments: dot (see hbfp units --help)\n"),
        (["gemm", "X.npy", *FORMAT], "the following arguments are required: W.npy"),
        (["gemm", "X.npy", "W.npy"], "required: --mantissa-bits, --block-size"),
        (["gemm", "X.npy", "W.npy", *FORMAT, "-o"], "argument -o/--output: expected one"),
        (["generate"], "the following arguments are required: UNIT|CONFIG"),
        (
            ["generate", "adder"],
            "hbfp: Unit or configuration must be one that `hbfp units` lists, not 'adder'\n",
        ),
        (
            ["cosim", "hbfp4n64"],
            "one that `hbfp units` lists, such as hbfp4_n64 or hbfp8_n64 or hbfp6_n64, not "
            "'hbfp4n64'\n",
        ),
        (["generate", "dot"], "hbfp: Unit 'dot' must be given --mantissa-bits"),
        (["generate", "dot", "--mantissa-bits", "4"], "Unit 'dot' must be given --block-size"),
        (
            ["generate", "hbfp4_n16", "--block-size", "4"],
            "hbfp: Configuration 'hbfp4_n16' must be given without --block-size",
        ),
        (
            ["generate", "catalog", "--rounding", "any"],
            "hbfp: Configuration 'catalog' must be given without --rounding",
        ),
        (
            ["generate", "dot", *FORMAT, "--random-bits", "8"],
            "hbfp: Unit 'dot' must be given without --random-bits",
        ),
        (
            ["generate", "core", *CORE, "--bus-bits", "96"],
            "hbfp: Bus width must be a power of two, not 96",
        ),
        (
            ["generate", "gemm", *CORE, "--queue", "8"],
            "hbfp: Unit 'gemm' must be given without --queue",
        ),
        (
            ["generate", "fp32", *FORMAT, "--rounding", "nearest"],
            "hbfp: Unit 'fp32' must be given without --rounding",
        ),
        (
            ["generate", "fp32", *FORMAT, "--sign-magnitude"],
            "hbfp: Unit 'fp32' must be given without --sign-magnitude",
        ),
        (["generate", "pe"], "hbfp: Unit 'pe' must be given --block-size"),
        (["generate", "array", "--rows", "2"], "hbfp: Unit 'array' must be given --cols"),
        *(
            (["generate", *unit, "--block-size", "4", *more], message)
            for unit, more, message in (
                (
                    ["pe"],
                    ["--mantissa-bits", "4x8"],
                    "Unit 'pe' must be given without --mantissa-bits: its options are --block-size",
                ),
                (["pe"], ["--rows", "2"], "hbfp: Unit 'pe' must be given without --rows"),
                (["pe"], ["--variant", "wide"], "argument --variant: invalid choice: 'wide'"),
                (["pe"], ["--exponent-bits", "12"], "Exponent width must be 5 to 11, not 12"),
                (
                    ["array", "--rows", "2", "--cols", "2"],
                    ["--depth", "8"],
                    "hbfp: Unit 'array' must be given without --depth",
                ),
                (["array", "--rows", "65", "--cols", "2"], [], "Rows must be 1 to 64, not 65"),
                (
                    ["gemm", "--rows", "2", "--cols", "2"],
                    ["--variant", "narrow"],
                    "hbfp: Variant must be mixed or native, not 'narrow'",
                ),
                (
                    ["gemm", "--rows", "2", "--cols", "2"],
                    ["--panel-tiles", "0"],
                    "hbfp: Panel tiles must be 1 to 256, not 0",
                ),
                (
                    ["gemm", "--rows", "2", "--cols", "2"],
                    ["--depth", "12"],
                    "hbfp: Depth must be a power of two, not 12",
                ),
                (
                    ["gemm", "--rows", "2", "--cols", "2"],
                    ["--rounding", "nearest"],
                    "hbfp: Unit 'gemm' must be given without --rounding",
                ),
            )
        ),
        (
            ["generate", "dot", *FORMAT, "--rows", "2"],
            "hbfp: Unit 'dot' must be given without --rows",
        ),
        (["test", "adder"], "hbfp: Unit must be one of convert, dot, fp32, "),
        (["test", "--sim", "spice"], "argument --sim: invalid choice: 'spice'"),
    ],
)
def test_usage(folder, hbfp, arguments, message):
    before = snapshot(folder)
    assert_refused(hbfp(*arguments), message)
    assert snapshot(folder) == before
