"""Data sets: shapes, splits, reproducibility, and hostile files."""

import os
import pickle
import random

import numpy as np
import pytest
from mnist1d.data import get_dataset_args, make_dataset
from sklearn.datasets import load_digits

from hbfp_hw.training.batches import read_batch
from hbfp_hw.training.datasets import DATASETS, load_dataset


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HBFP_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def offline(monkeypatch):
    """Make every network connection fail."""

    def refuse(*_, **__):
        raise AssertionError("a request was made")

    monkeypatch.setattr("requests.sessions.Session.request", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)


def assert_scaled(dataset):
    axes = (0, *range(2, dataset.train_x.ndim))
    for x in (dataset.train_x, dataset.test_x):
        assert x.dtype == np.float32
    assert np.abs(dataset.train_x.mean(axes, np.float64)).max() < 1e-6
    assert np.abs(dataset.train_x.std(axes, np.float64) - 1).max() < 1e-6
    for y in (dataset.train_y, dataset.test_y):
        assert y.dtype == np.int64
        assert set(y) == set(range(dataset.classes))


def test_digits(cache, monkeypatch):
    dataset = load_dataset("digits")
    assert (dataset.shape, dataset.classes) == ((1, 8, 8), 10)
    assert (len(dataset.train_x), len(dataset.test_x)) == (1297, 500)
    assert_scaled(dataset)
    # Every digit is in one of the parts with its class: undo the scaling and compare sets.
    x = np.concatenate([dataset.train_x, dataset.test_x]).reshape(-1, 64).astype(np.float64)
    x = np.rint((x - x.min()) * 16 / (x.max() - x.min())).astype(int)
    y = np.concatenate([dataset.train_y, dataset.test_y])
    digits = load_digits()
    expected = np.c_[digits.data.astype(int), digits.target]
    assert sorted(map(tuple, np.c_[x, y])) == sorted(map(tuple, expected))

    # The cache returns the same data without the package.
    monkeypatch.setattr("sklearn.datasets.load_digits", None)
    kept = load_dataset("digits")
    for field in ("train_x", "train_y", "test_x", "test_y"):
        assert np.array_equal(getattr(kept, field), getattr(dataset, field))


@pytest.mark.full
def test_mnist1d_is_generated_once_and_offline(cache, offline):
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    states = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    first = load_dataset("mnist1d")
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states  # noqa: NPY002
    assert (first.shape, first.classes) == ((1, 40), 10)
    assert (len(first.train_x), len(first.test_x)) == (4000, 1000)
    assert_scaled(first)
    (path,) = (cache / "datasets").iterdir()
    made = path.read_bytes()
    second = load_dataset("mnist1d")
    assert path.read_bytes() == made
    assert first.train_x.tobytes() == second.train_x.tobytes()
    assert np.array_equal(first.test_y, second.test_y)

    expected = make_dataset(get_dataset_args())
    mean, deviation = expected["x"].mean(), expected["x"].std()
    assert np.allclose(first.test_x[:, 0], (expected["x_test"] - mean) / deviation)
    assert np.array_equal(first.train_y, expected["y"])


@pytest.mark.full(only=["mnist1d-half"])
@pytest.mark.parametrize(
    ("name", "content"),
    [("digits", b""), ("digits", b"PK\x03\x04 cut short"), ("digits", "half"), ("mnist1d", "half")],
)
def test_data_are_made_anew_if_the_cache_is_broken(cache, name, content):
    first = load_dataset(name)
    (path,) = (cache / "datasets").iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    assert load_dataset(name).train_x.tobytes() == first.train_x.tobytes()
    assert path.read_bytes() == whole


def batch(seed, count=20, key=str):
    rng = np.random.default_rng(seed)
    labels = [*range(10), *rng.integers(0, 10, count - 10).tolist()]
    content = {
        "batch_label": "batch",
        "labels": labels,
        "data": rng.integers(0, 256, (count, 3072), np.uint8),
        "filenames": ["a.png"] * count,
    }
    return {key(name): value for name, value in content.items()}


@pytest.fixture
def cifar10(tmp_path):
    for number in range(6):
        name = f"data_batch_{number}" if number else "test_batch"
        (tmp_path / name).write_bytes(pickle.dumps(batch(number), protocol=2))
    return tmp_path


def test_cifar10(cifar10):
    dataset = load_dataset("cifar10", cifar10)
    assert (dataset.shape, dataset.classes) == ((3, 32, 32), 10)
    assert (len(dataset.train_x), len(dataset.test_x)) == (100, 20)
    assert_scaled(dataset)
    assert dataset.train_y[20:40].tolist() == batch(2)["labels"]
    # The third channel, row 1, column 2 of the first image of the second batch.
    all_blue = np.concatenate([batch(n)["data"][:, 2048:] for n in range(1, 6)]).astype(float)
    expected = (batch(2)["data"][0, 2048 + 32 + 2] - all_blue.mean()) / all_blue.std()
    assert dataset.train_x[20, 2, 1, 2] == pytest.approx(expected, rel=1e-5)


def test_cifar10_in_the_folder_of_its_archive(cifar10, tmp_path):
    inner = tmp_path / "outer" / "cifar-10-batches-py"
    inner.mkdir(parents=True)
    for path in list(cifar10.glob("*batch*")):
        path.rename(inner / path.name)
    assert len(load_dataset("cifar10", tmp_path / "outer").test_x) == 20


def python2_pickle(content):
    """Return a pickle as Python 2 wrote them: with NumPy 1's names, and bytes as strings."""
    pickled = pickle.dumps(content, protocol=2)
    return pickled.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


@pytest.mark.parametrize("key", [str, str.encode])
@pytest.mark.parametrize("write", [pickle.dumps, python2_pickle])
def test_batches_of_all_writers(tmp_path, key, write):
    content = batch(3, key=key)
    path = tmp_path / "data_batch_1"
    path.write_bytes(write(content))
    data, labels = read_batch(path)
    assert np.array_equal(data.reshape(-1, 3072), batch(3)["data"])
    assert labels.tolist() == batch(3)["labels"]


class Runs:
    """An object whose unpickling runs a command."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def test_a_pickle_cannot_run_anything(tmp_path):
    path, mark = tmp_path / "data_batch_1", tmp_path / "mark"
    path.write_bytes(pickle.dumps(batch(0) | {"filenames": Runs(mark)}))
    with pytest.raises(ValueError, match=r"^Batch must be a python batch of CIFAR-10, not .*posix"):
        read_batch(path)
    assert not mark.exists()


@pytest.mark.parametrize(
    "name", ["builtins.eval", "builtins.getattr", "numpy.load", "numpy.fromfile", "os.system"]
)
def test_other_names_are_refused(tmp_path, name):
    module, function = name.split(".")
    path = tmp_path / "b"
    path.write_bytes(b"c" + module.encode() + b"\n" + function.encode() + b"\n.")
    with pytest.raises(ValueError, match=f"{name} is not allowed"):
        read_batch(path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (None, "it has no dictionary"),
        ({"data": 1}, "it has no bytes named data"),
        ({"data": np.zeros((20, 3072), np.float32)}, "it has no bytes named data"),
        ({"data": np.zeros((20, 3071), np.uint8)}, r"data are of shape \(20, 3071\)"),
        ({"data": np.zeros((0, 3072), np.uint8)}, r"data are of shape \(0, 3072\)"),
        ({"labels": list(range(9))}, "it has no list of 20 labels"),
        ({"labels": [0] * 19 + [10]}, "labels are not all integers below 10"),
        ({"labels": [0] * 19 + ["1"]}, "labels are not all integers below 10"),
    ],
)
def test_bad_batches(tmp_path, change, why):
    path = tmp_path / "b"
    path.write_bytes(pickle.dumps(None if change is None else batch(0) | change))
    with pytest.raises(ValueError, match=f"^Batch must be a python batch of CIFAR-10.*: {why}$"):
        read_batch(path)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_cut_batches(tmp_path, share):
    path, whole = tmp_path / "b", pickle.dumps(batch(0))
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"^Batch must be a python batch of CIFAR-10, not "):
        read_batch(path)


def test_random_bytes_are_refused(tmp_path):
    rng, path = np.random.default_rng(1), tmp_path / "b"
    whole = pickle.dumps(batch(0, count=10))
    messages = []
    for _ in range(200):
        changed = bytearray(whole)
        changed[int(rng.integers(0, 200))] = int(rng.integers(0, 256))
        path.write_bytes(changed)
        try:
            read_batch(path)
        except ValueError as error:
            messages.append(str(error))
    assert len(messages) > 50
    assert all(message.startswith("Batch must be a python batch") for message in messages)


def test_bad_names_and_folders(tmp_path):
    with pytest.raises(
        ValueError, match=f"^Data set must be one of {', '.join(DATASETS)}, not 'x'"
    ):
        load_dataset("x")
    for name, folder in (("cifar10", None), ("digits", tmp_path)):
        with pytest.raises(
            ValueError, match=r"^Data folder must be given for cifar10, and for not"
        ):
            load_dataset(name, folder)
    with pytest.raises(ValueError, match=r"^Data folder must have the file data_batch_1 of CIFAR"):
        load_dataset("cifar10", tmp_path)
    with pytest.raises(OSError, match="No such file"):
        read_batch(tmp_path / "none")


class Calls:
    """An object whose unpickling calls a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    ("hostile", "why"),
    [
        # Hashing the nested key would overflow the stack and end the process.
        (b"}" + b")" + b"\x85" * 1_000_000 + b"K\1s.", "it has more than 100 tuples"),
        (b"}U\4datac_codecs\nencode\n(X\1\0\0\0aU\3zip\x86tRs.", "encoding"),
        # Invalid addresses that NumPy would follow.
        (Calls(np.ndarray, Calls(np.ndarray, (1,), "O", b"A" * 8)), "arguments"),
        ({"data": Calls(np.ndarray, (1,), "O", b"A" * 8)}, "arguments"),
    ],
    ids=range(4),
)
def test_batches_that_would_end_the_process(tmp_path, hostile, why):
    path = tmp_path / "b"
    whole = b"\x80\2" + hostile if isinstance(hostile, bytes) else pickle.dumps(hostile, 2)
    path.write_bytes(whole)
    with pytest.raises(ValueError, match=f"^Batch must be a python batch of CIFAR-10.*: .*{why}"):
        read_batch(path)
