"""Every block of the documentation that can run does run."""

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hbfp_hw.cli import main
from hbfp_hw.cli.parser import command_parsers, make_parser
from hbfp_hw.sweep import read_spec
from tests.docs.pages import PAGES, ROOT, commands, fences, name


def pages_with(*languages):
    """Parametrise a test by the pages with blocks in one of the languages."""
    pages = [page for page in PAGES if fences(page, *languages)]
    assert pages, languages
    return pytest.mark.parametrize("page", pages, ids=map(name, pages))


@pytest.fixture(autouse=True)
def checkout(tmp_path, monkeypatch):
    """Make a folder like a checkout, in which examples find the digits and write files."""
    ignore = shutil.ignore_patterns("__pycache__", "*.sqlite*")
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=ignore)
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)  # tests share the processors


@pytest.mark.full(
    only=[
        "README.md",
        "docs/guide_examples.md",
        "docs/cycles.md",
        "docs/workloads.md",
        "docs/sweeps.md",
        "docs/units.md",
        "docs/array.md",
        "docs/simulation.md",
        "docs/driver.md",
        "docs/density.md",
    ]
)
@pages_with("python", "console")
def test_page(page, capfd, monkeypatch):
    """All blocks of a page run from top to end, in one namespace and one folder.

    Pictures that they draw into ``docs`` equal those of the tree.
    """
    namespace = {"__name__": "__main__"}
    for fence in fences(page, "python", "console"):
        if fence.language == "console":
            run_commands(f"{page}:{fence.line}", fence.text, capfd, monkeypatch)
        else:
            # Shifted down, so that an error names the line of the page.
            code = compile("\n" * (fence.line - 1) + fence.text, str(page), "exec")
            exec(code, namespace)
    for drawn in Path("docs").iterdir():
        assert drawn.read_bytes() == (ROOT / drawn).read_bytes(), f"{drawn} is not up to date"


def run_commands(place, text, capfd, monkeypatch):
    """Check that each command exits with 0 and prints the text below it, where ``...`` is anything.

    They run in this process; other tests run ``hbfp`` as a program.
    """
    assert text.startswith("$ "), f"{place}: no command"
    for shown in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = shown.partition("\n")
        program, *arguments = shlex.split(command)
        capfd.readouterr()
        if program == "hbfp":
            status = main(arguments)
        else:
            assert program == "python", f"{place}: {command}"
            status = run_script(*arguments, monkeypatch=monkeypatch)
        out, err = capfd.readouterr()
        assert status == 0, f"{command}\n{out}{err}"
        pattern = "".join(map(line_pattern, expected.splitlines())) or ".*"
        assert re.fullmatch(pattern, out, 0 if expected else re.DOTALL), (
            f"{command} prints\n{out}instead of\n{expected}"
        )


def run_script(path, *arguments, monkeypatch):
    """Run a script of the examples, forget its modules, and return its exit code."""
    loaded = set(sys.modules)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "argv", [path, *arguments])
        patch.syspath_prepend(Path(path).parent.resolve())
        try:
            runpy.run_path(path, run_name="__main__")
        except SystemExit as ended:
            return ended.code
        finally:
            own = {file.stem for file in Path(path).parent.glob("*.py")}
            for name in sys.modules.keys() & (own - loaded):
                del sys.modules[name]
    return 0


def line_pattern(line):
    """Return a pattern for a line of output: ``...`` matches any lines if alone, else any text."""
    if line == "...":
        return r"(?:.*\n)*"
    return ".*".join(map(re.escape, re.split(r" *\.\.\. *", line))) + r"\n"


@pages_with("verilog")
def test_verilog(page, tmp_path):
    """Verilog of a page compiles, with the named configurations that it instantiates."""
    for fence in fences(page, "verilog"):
        example = tmp_path / "example.v"
        example.write_text(fence.text)
        used = [ROOT / "rtl_out" / f"{name}.v" for name in set(re.findall(r"hbfp_\w+", fence.text))]
        command = ["iverilog", "-g2012", "-Wall", "-t", "null", example, *used]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (run.returncode, run.stdout + run.stderr) == (0, "")
        assert used


def test_commands_that_take_long_have_the_options_that_they_name():
    """The parser accepts every command on a page that no test runs."""
    checked = set()
    for page in PAGES:
        for command in commands(page):
            try:
                options = make_parser().parse_args(shlex.split(command)[1:])
            except SystemExit as ended:
                pytest.fail(f"{name(page)}: {command} ends with {ended.code}")
            checked.add(options.command)
    assert len(checked) > 6


@pages_with("toml")
def test_sweep_files(page, tmp_path):
    parsers = command_parsers()
    for fence in fences(page, "toml"):
        (tmp_path / "sweep.toml").write_text(fence.text)
        assert read_spec(tmp_path / "sweep.toml", parsers).points


def test_fp4_of_the_example_is_exact(tmp_path):
    """The sum of products is exact, with every pair of codes among the operands."""
    numbers = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6]
    lines, expected = [], []
    for code in range(256):
        a = [(code + lane) % 16 for lane in range(8)]
        b = [(code // 16 + 3 * lane) % 16 for lane in range(8)]
        expected.append(4 * sum(numbers[i] * numbers[j] for i, j in zip(a, b, strict=True)))
        words = ("".join(f"{digit:x}" for digit in reversed(digits)) for digits in (a, b))
        lines.append("a = 32'h{}; b = 32'h{}; #1 $display(\"%0d\", sum);".format(*words))
    bench = tmp_path / "bench.v"
    bench.write_text(
        "module bench;\nreg [31:0] a, b; wire signed [12:0] sum;\n"
        "fp4_dot dot (.a(a), .b(b), .sum(sum));\ninitial begin\n" + "\n".join(lines) + "\n"
        "end\nendmodule\n"
    )
    source = Path("examples/new_format/fp4_dot.v")
    subprocess.run(["iverilog", "-g2012", "-o", "bench", bench, source], check=True, timeout=60)
    run = subprocess.run(["vvp", "bench"], capture_output=True, text=True, check=True, timeout=60)
    assert [int(line) for line in run.stdout.split()] == expected
    assert min(expected) < -100
    assert max(expected) > 100


def test_relu_of_the_example_is_that_of_the_numbers(monkeypatch):
    monkeypatch.syspath_prepend(Path("examples/new_unit"))
    import numpy as np
    from golden import relu

    patterns = np.random.default_rng(1).integers(0, 1 << 32, 10_000, np.uint32)
    numbers = patterns.view(np.float32)
    found = relu(patterns).view(np.float32)
    assert np.array_equal(found, np.maximum(numbers, 0), equal_nan=True)
    assert not np.signbit(found).any()
    assert np.isnan(numbers).sum() > 10
