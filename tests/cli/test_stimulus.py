"""Matrices of ``--stimulus``: the user's files, checked, or normal ones."""

import numpy as np
import pytest

from hbfp_hw.cli.output import BadInput
from hbfp_hw.cli.stimulus import stimulus_matrices
from hbfp_hw.ppa.stimulus import normal_matrices


def save(folder, x, w):
    paths = folder / "x.npy", folder / "w.npy"
    for path, matrix in zip(paths, (x, w), strict=True):
        np.save(path, matrix)
    return paths


def test_files(tmp_path):
    x, w = normal_matrices(1, rows=2, length=3, columns=4)
    found = stimulus_matrices(save(tmp_path, x, w), 0)
    assert np.array_equal(found.x, x)
    assert np.array_equal(found.w, w)


def test_default():
    for found, expected in zip(stimulus_matrices(None, 7), normal_matrices(7), strict=True):
        assert np.array_equal(found, expected)


@pytest.mark.parametrize(
    ("x", "w", "message"),
    [
        (np.zeros((2, 3)), np.zeros((3, 1)), r"^X must be a float32 array, not float64 array"),
        (np.zeros((2, 3), "f4"), np.zeros((2, 1), "f4"), r"^W must have 3 rows, as many as X has"),
        (np.zeros(3, "f4"), np.zeros((3, 1), "f4"), r"^X must be a matrix that is not empty, not"),
        (
            np.full((2, 3), np.inf, "f4"),
            np.zeros((3, 1), "f4"),
            r"^X must be finite, not inf at \(0, 0\)$",
        ),
    ],
)
def test_bad_files(tmp_path, x, w, message):
    with pytest.raises(BadInput, match=message):
        stimulus_matrices(save(tmp_path, x, w), 0)


def test_missing_file(tmp_path):
    with pytest.raises(BadInput, match=r"^X must be a file that can be read: "):
        stimulus_matrices((tmp_path / "x.npy", tmp_path / "w.npy"), 0)
