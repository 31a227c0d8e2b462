"""Data sets for training: two that are generated, and the user's own copy of CIFAR-10."""

import random
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.helpers.cache import DATASETS as KEPT
from hbfp_hw.helpers.cache import cache_folder, content_key, mark_used, subfolder
from hbfp_hw.helpers.cache_pruning import trim
from hbfp_hw.helpers.files import write_whole
from hbfp_hw.training.batches import read_batch
from hbfp_hw.training.settings import DATASETS

DIGITS_TRAINING = 1297
"""Training samples among the 1797 digits; the other 500 are for testing."""

MNIST1D_SEED = 42
"""Seed of the published data."""

Split = tuple[NDArray, NDArray, NDArray, NDArray]
"""Training samples, their classes, test samples, and their classes."""


@dataclass(frozen=True)
class Dataset:
    """Training and test samples with their classes.

    Samples are scaled so that the training samples of each channel have mean 0 and standard
    deviation 1.

    Members:
        name: One of :data:`~hbfp_hw.training.settings.DATASETS`.
        train_x, test_x: Samples, float32, shape (samples, channels, length) or (samples, channels,
            height, width).
        train_y, test_y: Classes, int64, shape (samples,).
    """

    name: str
    train_x: NDArray[np.float32]
    train_y: NDArray[np.int64]
    test_x: NDArray[np.float32]
    test_y: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return self.train_x.shape[1:]

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.train_y.max()) + 1


def load_dataset(name: str, folder: Path | None = None) -> Dataset:
    """Return a data set by name. Nothing is ever downloaded.

    Parameters:
        name: ``digits`` (from scikit-learn) or ``mnist1d`` (generated with the seed of the
            published data), which are both kept in the cache, or ``cifar10``.
        folder: Folder of CIFAR-10's python batches; for ``cifar10`` only.

    Raises:
        ValueError: There is no such data set, or the folder lacks a valid file.
        OSError: A file cannot be read.
    """
    if name not in DATASETS:
        raise ValueError(f"Data set must be one of {', '.join(DATASETS)}, not {name!r}")
    if (name == "cifar10") != (folder is not None):
        raise ValueError("Data folder must be given for cifar10, and for nothing else")
    if name == "digits":
        return _scaled(name, *_digits())
    if name == "mnist1d":
        return _scaled(name, *_mnist1d())
    assert folder is not None
    return _scaled(name, *_cifar10(folder))


def _scaled(
    name: str, train_x: NDArray, train_y: NDArray, test_x: NDArray, test_y: NDArray
) -> Dataset:
    axes = (0, *range(2, train_x.ndim))
    mean = train_x.mean(axes, np.float64, keepdims=True)
    deviation = train_x.std(axes, np.float64, keepdims=True)
    first, second = (((x - mean) / deviation).astype(np.float32) for x in (train_x, test_x))
    return Dataset(name, first, train_y.astype(np.int64), second, test_y.astype(np.int64))


def _digits() -> Split:
    return _kept("digits", ("scikit-learn", "numpy"), DIGITS_TRAINING, _split_digits)


def _mnist1d() -> Split:
    return _kept("mnist1d", ("mnist1d", "numpy", "scipy"), MNIST1D_SEED, _generate_mnist1d)


def _kept(
    name: str,
    packages: tuple[str, ...],
    number: int,
    make: Callable[[], Split],
) -> Split:
    """Return the split of ``make``, from the cache if it is there, with an axis for the channel.

    The cache saves importing the packages, which takes longer than many a training run.

    Parameters:
        name: Beginning of the file's name.
        packages, number: Packages whose versions decide the data, and a number that decides it
            too: a seed, or the number of training samples.
        make: Function that computes the split.
    """
    key = content_key({package: version(package) for package in packages}, number)
    path = cache_folder() / KEPT / f"{name}-{key}.npz"
    try:
        unpacked = _unpacked(path)
        mark_used(path)
        return unpacked
    except (EOFError, OSError, ValueError, KeyError, zipfile.BadZipFile):
        subfolder(KEPT)
        content = BytesIO()
        x, y, test_x, test_y = make()
        np.savez(content, x=x, y=y, x_test=test_x, y_test=test_y)
        write_whole(path, content.getvalue())
        unpacked = _unpacked(path)
        trim()
        return unpacked


def _unpacked(path: Path) -> Split:
    with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
        return (
            arrays["x"][:, np.newaxis],
            arrays["y"],
            arrays["x_test"][:, np.newaxis],
            arrays["y_test"],
        )


def _split_digits() -> Split:
    from sklearn.datasets import load_digits

    digits = load_digits()
    # The samples are sorted by writer; shuffled, both parts have samples of every writer.
    order = np.random.default_rng(0).permutation(len(digits.target))
    train, test = order[:DIGITS_TRAINING], order[DIGITS_TRAINING:]
    return digits.images[train], digits.target[train], digits.images[test], digits.target[test]


def _generate_mnist1d() -> Split:
    from mnist1d.data import get_dataset_args, make_dataset

    arguments = get_dataset_args()
    arguments.seed = MNIST1D_SEED
    with _generators_kept():
        made = make_dataset(arguments)
    return made["x"], made["y"], made["x_test"], made["y_test"]


@contextmanager
def _generators_kept() -> Iterator[None]:
    """Restore the global random generators after the block, because the package seeds them."""
    own, of_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(own)
        np.random.set_state(of_numpy)  # noqa: NPY002


def _cifar10(folder: Path) -> Split:
    inner = folder / "cifar-10-batches-py"
    folder = inner if inner.is_dir() else folder
    names = [f"data_batch_{number}" for number in range(1, 6)]
    missing = [name for name in (*names, "test_batch") if not (folder / name).is_file()]
    if missing:
        raise ValueError(f"Data folder must have the file {missing[0]} of CIFAR-10, not '{folder}'")
    batches = [read_batch(folder / name) for name in names]
    train_x, train_y = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return train_x, train_y, *read_batch(folder / "test_batch")
