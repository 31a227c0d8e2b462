"""Fixtures of the tests of power, performance and area: a small cell library."""

from pathlib import Path

import pytest

from hbfp_hw.ppa.liberty import CellLibrary, read_liberty

SMALL = Path(__file__).with_name("small.lib")
"""Liberty file with five cells: INV, BUF, NAND2, XOR2 and DFF."""


@pytest.fixture(scope="session")
def small() -> CellLibrary:
    """Library of five cells with invented numbers."""
    return read_liberty(SMALL)
