"""Handwritten digits on an array: golden model, cycle model and RTL agree."""

from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.engine import Engine, Variant
from tests.cycles.test_against_rtl import check

DATA = Path(__file__).parents[2] / "examples" / "digits"
ENGINE = Engine(Variant.MIXED, 4, 4, 16)


@pytest.fixture(scope="module")
def operands():
    """Return pixels, weights and bias of the example."""
    return [np.load(DATA / f"{name}.npy") for name in ("pixels", "weights", "bias")]


@pytest.mark.full
@pytest.mark.parametrize(
    ("wide_x", "wide_w"), [(False, False), (False, True), (True, True)], ids=["4x4", "4x6", "6x6"]
)
def test_digits(operands, wide_x, wide_w):
    report = check(ENGINE, operands, wide_x=wide_x, wide_w=wide_w)
    # 450 row tiles (1797 rows), 3 column tiles (10 columns), 4 blocks (64 pixels).
    assert report.compute == 450 * 3 * 4 * (1 + wide_x) * (1 + wide_w)
