"""Points of a sweep's file, and files that are refused."""

import itertools
import re

import pytest

from hbfp_hw.sweep.spec import LIMIT, TIMEOUT


def test_points_are_the_product_in_order(spec, folder):
    read = spec()
    assert read.timeout == TIMEOUT
    combinations = list(itertools.product(["golden", "cycle"], [4, 17]))
    assert [
        (p.parameters["engine"], p.parameters["mantissa-bits"]) for p in read.points
    ] == combinations
    for point, (engine, bits) in zip(read.points, combinations, strict=True):
        assert point.command == "gemm"
        assert point.swept == ("engine", "mantissa-bits")
        assert list(point.parameters) == ["x", "w", "block-size", "engine", "mantissa-bits"]
        assert point.words == (
            "gemm",
            f"--mantissa-bits={bits}",
            "--block-size=4",
            f"--engine={engine}",
            "--json",
            "--",
            str(folder / "X.npy"),
            str(folder / "W.npy"),
        )
    assert len({point.key for point in read.points}) == 4


def test_each_kind_of_value(spec, folder):
    text = """
    timeout = 2.5
    [[gemm]]
    x = "X.npy"
    w = "W.npy"
    c = "X.npy"
    block-size = 4
    mantissa-bits = "4x6"
    seed = -1
    timeout = 1e3
    show = ["macs"]
    [gemm.sweep]
    check = [false, true]
    [[gemm]]
    x = "X.npy"
    w = "W.npy"
    mantissa-bits = 4
    block-size = 4
    [[area]]
    unit = "fp32_mac"
    separate = true
    [workload]
    network = "resnet20"
    rows = 4
    cols = 4
    """
    first, second, third, area, workload = spec(text).points
    assert spec(text).timeout == 2.5
    common = ("gemm", f"-c{folder / 'X.npy'}", "--mantissa-bits=4x6", "--block-size=4")
    common += ("--seed=-1",)
    paths = ("--json", "--", str(folder / "X.npy"), str(folder / "W.npy"))
    assert (first.words, second.words) == (
        (*common, "--timeout=1000", *paths),
        (*common, "--check", "--timeout=1000", *paths),
    )
    assert first.show == second.show == ("macs",)
    assert (third.swept, third.show) == ((), None)
    assert area.words == ("area", "--separate", "--json", "--", "fp32_mac")
    assert workload.words == ("workload", "--rows=4", "--cols=4", "--json", "--", "resnet20")


def test_key_is_that_of_what_is_run(spec, folder):
    """The key depends on the options and the content of named files, not on names or order."""
    keys = [point.key for point in spec().points]
    other = """
    timeout = 7
    [[gemm]]
    w = "W.npy"
    x = "X.npy"
    mantissa-bits = 17
    block-size = 4
    sweep = { engine = ["cycle"] }
    [[gemm]]
    x = "X.npy"
    w = "W.npy"
    mantissa-bits = 17
    block-size = 4
    sweep = { engine = ["rtl", "cycle"] }
    """
    points = spec(other).points
    assert [point.key in keys for point in points] == [True, False]  # each point once
    (folder / "X.npy").write_bytes((folder / "W.npy").read_bytes())
    assert not set(keys) & {point.key for point in spec().points}


GEMM = '[gemm]\nx = "X.npy"\nw = "W.npy"\nblock-size = 4\nmantissa-bits = 4\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[gemm", "Sweep must be a TOML file: "),
        ("", "Sweep must have a table of area, gemm, workload"),
        ("timeout = 3", "Sweep must have a table of area, gemm, workload"),
        ("timeout = 0\n" + GEMM, "Time limit must be a number above 0, not 0"),
        ("timeout = true\n" + GEMM, "Time limit must be a number above 0, not True"),
        ("timeout = inf\n" + GEMM, "Time limit must be a number above 0, not inf"),
        ("[generate]", "Table must be one of area, gemm, workload or timeout, not 'generate'"),
        ("gemm = 3", "[gemm] must be a table, not 3"),
        ("gemm = []", "Sweep must have a table of area, gemm, workload"),
        (GEMM + "sweep = 3", "[gemm.sweep] must be a table, not 3"),
        (GEMM + "rowz = 3", "Option of [gemm] must be one of x, w, c, mantissa-bits, block-size, "),
        (GEMM + "help = true", "Option of [gemm] must be one of x, w, c, mantissa-bits, "),
        (GEMM + 'output = "Y.npy"', "Option of [gemm] must be one of x, w, c, mantissa-bits, "),
        (GEMM + "[gemm.sweep]\nrowz = [3]", "Option of [gemm] must be one of x, w, c, "),
        (GEMM + "[gemm.sweep]\nseed = []", "'seed' of [gemm.sweep] must be a list, not []"),
        (GEMM + "[gemm.sweep]\nseed = 3", "'seed' of [gemm.sweep] must be a list, not 3"),
        (GEMM + "[gemm.sweep]\nseed = [1, 1]", "'seed' of [gemm.sweep] must have each value once"),
        (GEMM + "[gemm.sweep]\nblock-size = [1]", "Option 'block-size' of [gemm] must be given on"),
        (GEMM + "seed = true", "'seed' of [gemm] must be a number or a text, not True"),
        (GEMM + "seed = [1]", "'seed' of [gemm] must be a number or a text, not [1]"),
        (GEMM + "seed = 2026-01-01", "'seed' of [gemm] must be a number or a text, not datetime"),
        (GEMM + 'seed = "\\u0000"', "'seed' of [gemm] must be a number or a text, not '\\x00'"),
        (GEMM + "check = 1", "'check' of [gemm] must be true or false, not 1"),
        (GEMM + 'show = "macs"', "'show' of [gemm] must be a list of names, not 'macs'"),
        (GEMM + "show = []", "'show' of [gemm] must be a list of names, not []"),
        (GEMM + 'show = ["cycels"]', "'show' of [gemm] must be of engine, shape.M, shape.K, "),
        (GEMM + 'show = ["macs", "none"]', "'show' of [gemm] must be of engine, shape.M, sh"),
        (GEMM + 'show = ["macs", "macs"]', "'show' of [gemm] must have each name once, not ['m"),
        (GEMM + "[gemm.sweep]\n", "[gemm.sweep] must have a list for an option of [gemm]"),
        (GEMM + 'engine = "gold"', "[gemm] argument --engine: invalid choice: 'gold'"),
        ('[gemm]\nx = "X.npy"', "[gemm] must have 'w'"),
        (GEMM.replace("mantissa-bits = 4\n", ""), "[gemm] the following arguments are required: -"),
        (GEMM.replace("W.npy", "V.npy"), "File of [gemm] must exist, not '"),
    ],
)
def test_refused(spec, text, message):
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}") as refused:
        spec(text)
    assert "\n" not in str(refused.value)


def test_too_many_points(spec):
    """The points are counted before any is created."""
    lists = "".join(f"o{number} = {list(range(100))}\n" for number in range(20))
    with pytest.raises(ValueError, match=rf"^Points must be at most {LIMIT}, not {100**20}$"):
        spec(f"{GEMM}[gemm.sweep]\n{lists}")


def test_file_that_is_no_text(spec, folder, parsers):
    from hbfp_hw.sweep import read_spec

    with pytest.raises(ValueError, match=r"^Sweep must be a TOML file: 'utf-8' codec"):
        read_spec(folder / "X.npy", parsers)
