"""A small data set, and one thread for all training runs of these tests."""

from collections.abc import Iterator

import pytest
import torch

from hbfp_hw.training.datasets import Dataset, load_dataset


@pytest.fixture(scope="session")
def small() -> Dataset:
    """80 of the digits, 20 of them for testing."""
    whole = load_dataset("digits")
    x, y = whole.train_x[:60], whole.train_y[:60]
    return Dataset("digits", x, y, whole.test_x[:20], whole.test_y[:20])


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Use one thread: for such small networks, more threads cost more than they gain."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
