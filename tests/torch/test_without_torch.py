"""Without PyTorch everything else works, and the error names the package to install."""

import subprocess
import sys

import pytest

BLOCKED = "import sys; sys.modules['torch'] = None\n"


def run(code):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", BLOCKED + code],
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_message():
    ended = run("import hbfp_hw.torch")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        "ImportError: PyTorch must be installed: pip install 'hbfp_hw[torch]'"
    )


@pytest.mark.parametrize(
    "module", ["hbfp_hw", "hbfp_hw.booster", "hbfp_hw.cli", "hbfp_hw.cycles", "hbfp_hw.simulate"]
)
def test_nothing_else_needs_it(module):
    assert (ended := run(f"import {module}")).returncode == 0, ended.stderr
