"""Recorded tensors: written and read again, and refused if they are not whole."""

import json
import os

import numpy as np
import pytest

from hbfp_hw.booster import Pass
from hbfp_hw.booster.recorded import (
    INDEX,
    RecordedLayer,
    read_index,
    read_recorded,
    training_products,
    write_recorded,
)

RNG = np.random.default_rng(0)


def layer(epoch, number, *, input_gradient=True):
    shapes = (5, 3), (3, 2), (5, 2)
    x, w, gradient = (RNG.standard_normal(shape).astype(np.float32) for shape in shapes)
    return RecordedLayer(epoch, number, f"layer{number}", input_gradient, x, w, gradient)


def assert_equal(first, second):
    for name, value in vars(first).items():
        assert np.array_equal(value, getattr(second, name)), name


def test_layers_are_read_as_written(tmp_path):
    layers = [layer(1, 2), layer(0, 1, input_gradient=False), layer(0, 2)]
    write_recorded(tmp_path / "run", {"seed": 1}, layers[:1])
    write_recorded(tmp_path / "run", {"seed": 1}, layers[1:])
    found = read_recorded(tmp_path / "run")
    assert [(each.epoch, each.layer) for each in found] == [(0, 1), (0, 2), (1, 2)]
    for expected, read in zip([layers[1], layers[2], layers[0]], found, strict=True):
        assert_equal(expected, read)
    assert read_index(tmp_path / "run")["settings"] == {"seed": 1}


def test_an_entry_is_replaced(tmp_path):
    write_recorded(tmp_path, {}, [layer(0, 0)])
    second = layer(0, 0)
    write_recorded(tmp_path, {}, [second])
    (found,) = read_recorded(tmp_path)
    assert_equal(second, found)


def test_products():
    recorded = layer(0, 0)
    products = training_products(recorded)
    assert list(products) == [Pass.FORWARD, Pass.INPUT_GRADIENT, Pass.WEIGHT_GRADIENT]
    results = [x @ w for x, w in products.values()]
    assert [result.shape for result in results] == [(5, 2), (5, 3), (3, 2)]
    for row in range(5):
        for column in range(3):
            exact = sum(
                float(recorded.gradient[row, k]) * float(recorded.w[column, k]) for k in range(2)
            )
            assert results[1][row, column] == pytest.approx(exact, abs=1e-6)
    for row in range(3):
        for column in range(2):
            exact = sum(
                float(recorded.x[k, row]) * float(recorded.gradient[k, column]) for k in range(5)
            )
            assert results[2][row, column] == pytest.approx(exact, abs=1e-6)
    assert all(matrix.flags.c_contiguous for pair in products.values() for matrix in pair)
    first = layer(0, 0, input_gradient=False)
    assert list(training_products(first)) == [Pass.FORWARD, Pass.WEIGHT_GRADIENT]


def test_a_folder_without_tensors(tmp_path):
    with pytest.raises(
        ValueError, match=r"^Folder must have the file tensors.json of hbfp train, "
    ):
        read_recorded(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda index: index.pop("tensors"),
        lambda index: index.update(settings=1),
        lambda index: index.update(tensors=[1]),
        lambda index: index["tensors"][0].pop("w"),
        lambda index: index["tensors"][0].update(epoch="1"),
        lambda index: index["tensors"][0].update(x="../x.npy"),
    ],
)
def test_bad_index(tmp_path, change):
    write_recorded(tmp_path, {}, [layer(0, 0)])
    index = json.loads((tmp_path / INDEX).read_text())
    change(index)
    (tmp_path / INDEX).write_text(json.dumps(index))
    with pytest.raises(ValueError, match=r"^Index must be a whole one of hbfp train, not '"):
        read_recorded(tmp_path)
    (tmp_path / INDEX).write_bytes(b"\xff{")
    with pytest.raises(ValueError, match=r"^Index must be a whole one of hbfp train, not '"):
        read_recorded(tmp_path)


@pytest.mark.parametrize("values", [np.zeros((5, 3)), np.zeros(3, np.float32), None])
def test_bad_tensor(tmp_path, values):
    write_recorded(tmp_path, {}, [layer(0, 0)])
    path = tmp_path / "epoch0_layer0_x.npy"
    if values is None:
        os.truncate(path, 100)
    else:
        np.save(path, values)
    with pytest.raises(
        ValueError, match=r"^Tensor must be a whole .npy file of a float32 matrix, "
    ):
        read_recorded(tmp_path)


def test_tensors_of_several_products(tmp_path):
    write_recorded(tmp_path, {}, [layer(0, 0)])
    np.save(tmp_path / "epoch0_layer0_gradient.npy", np.zeros((5, 3), np.float32))
    with pytest.raises(
        ValueError, match=r"^Tensors of layer 'layer0' after epoch 0 must be of one "
    ):
        read_recorded(tmp_path)
    (tmp_path / "epoch0_layer0_gradient.npy").unlink()
    with pytest.raises(OSError, match=r"No such file"):
        read_recorded(tmp_path)
