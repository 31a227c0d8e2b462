"""Imports between packages: layers without circular imports, as pyproject.toml declares them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_contracts_hold() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    ended = subprocess.run(
        [tool, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "2 kept, 0 broken" in ended.stdout
