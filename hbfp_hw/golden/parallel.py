"""Work on all cores: many small pieces, each on one."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

T = TypeVar("T")

CORES = os.cpu_count() or 1
"""Threads that share the work."""


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


def in_parallel(work: Callable[[T], None], pieces: Iterable[T]) -> None:
    """Call ``work`` for every piece, on as many threads as there are cores.

    NumPy lets go of the interpreter while it computes. A BLAS library that spread each small matrix
    product over the cores as well would only get in the way, so it is held to one thread meanwhile.
    """
    with (
        _libraries().limit(limits=1, user_api="blas"),
        ThreadPoolExecutor(CORES) as pool,
    ):
        for _ in pool.map(work, pieces):
            pass
