"""Everything in the documentation that can be run is run."""

import re
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, fences, name

HBFP = shutil.which("hbfp", path=sysconfig.get_path("scripts"))


def pages_with(language):
    """Parametrise a test by the pages that have blocks in a language."""
    pages = [page for page in PAGES if fences(page, language)]
    assert pages, language
    return pytest.mark.parametrize("page", pages, ids=map(name, pages))


@pytest.fixture(autouse=True)
def checkout(tmp_path, monkeypatch):
    """A folder like a checkout for the examples: they write into it and find the digits in it."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path)


@pages_with("python")
def test_python(page):
    """All blocks of a page in one namespace, one after the other."""
    namespace = {"__name__": "__main__"}
    for fence in fences(page, "python"):
        # Shifted, so that an error names the line of the page.
        code = compile("\n" * (fence.line - 1) + fence.text, str(page), "exec")
        exec(code, namespace)


@pages_with("console")
def test_console(page):
    """Each command exits with 0 and prints what stands below it; ``...`` stands for anything.

    Pictures that it draws into ``docs`` are those of the tree.
    """
    assert HBFP, "The command hbfp must be installed in the environment of the tests"
    for fence in fences(page, "console"):
        assert fence.text.startswith("$ "), f"{page}:{fence.line}: no command"
        for shown in re.split(r"^\$ ", fence.text, flags=re.MULTILINE)[1:]:
            command, _, expected = shown.partition("\n")
            program, *arguments = shlex.split(command)
            assert program == "hbfp", f"{page}:{fence.line}: {command}"
            run = subprocess.run([HBFP, *arguments], capture_output=True, text=True, timeout=120)
            assert run.returncode == 0, f"{command}\n{run.stderr}"
            pattern = "".join(map(line_pattern, expected.splitlines())) or ".*"
            assert re.fullmatch(pattern, run.stdout, 0 if expected else re.DOTALL), (
                f"{command} prints\n{run.stdout}instead of\n{expected}"
            )
    for drawn in Path("docs").iterdir():
        assert drawn.read_bytes() == (ROOT / drawn).read_bytes(), f"{drawn} is not up to date"


def line_pattern(line):
    """Of a line of output: alone, ``...`` stands for any lines, else for anything in the line."""
    if line == "...":
        return r"(?:.*\n)*"
    return ".*".join(map(re.escape, re.split(r" *\.\.\. *", line))) + r"\n"


@pages_with("verilog")
def test_verilog(page, tmp_path):
    """Verilog compiles, together with the named configurations that it instantiates."""
    for fence in fences(page, "verilog"):
        example = tmp_path / "example.v"
        example.write_text(fence.text)
        used = [ROOT / "rtl_out" / f"{name}.v" for name in set(re.findall(r"hbfp_\w+", fence.text))]
        command = ["iverilog", "-g2012", "-Wall", "-t", "null", example, *used]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (run.returncode, run.stdout + run.stderr) == (0, "")
        assert used
