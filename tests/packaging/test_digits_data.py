"""The training script of the digits example writes the committed data."""

import runpy
from pathlib import Path

import numpy as np
import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "digits"
NAMES = ["pixels", "weights", "bias", "labels"]


@pytest.fixture(scope="module")
def trained():
    return runpy.run_path(str(EXAMPLE / "train.py"))["train"]()


@pytest.fixture(scope="module")
def committed():
    return {name: np.load(EXAMPLE / f"{name}.npy") for name in NAMES}


def test_shapes_and_types(committed):
    assert {name: array.shape for name, array in committed.items()} == {
        "pixels": (1797, 64),
        "weights": (64, 10),
        "bias": (1797, 10),
        "labels": (1797,),
    }
    for name in ("pixels", "weights", "bias"):
        assert committed[name].dtype == np.float32
        assert committed[name].flags.c_contiguous


@pytest.mark.parametrize("name", ["pixels", "labels"])
def test_data_set_regenerates_exactly(trained, committed, name):
    assert trained[name].tobytes() == committed[name].tobytes()


@pytest.mark.parametrize("name", ["weights", "bias"])
def test_classifier_regenerates(trained, committed, name):
    # The fit stops when all gradients are below 1e-10. BLAS kernels of other processors may add in
    # another order, which changes at most the last bit of a float32 near 2.
    np.testing.assert_allclose(trained[name], committed[name], rtol=0, atol=2**-22)


def test_predictions_are_the_same(trained, committed):
    # The two largest outputs of a digit differ by 0.009 or more, far more than that last bit.
    def predict(arrays):
        return (arrays["bias"] + arrays["pixels"] @ arrays["weights"]).argmax(axis=1)

    np.testing.assert_array_equal(predict(trained), predict(committed))
