"""Work on all cores: many small pieces, each on one."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

T = TypeVar("T")

CORES = os.cpu_count() or 1
"""Threads that share the work."""


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads)


# A child process has none of its parent's threads.
os.register_at_fork(after_in_child=_pool.cache_clear)


def in_threads(work: Callable[[T], None], pieces: Sequence[T], threads: int = CORES) -> None:
    """Call ``work``, which lets go of the interpreter, for every piece on some threads."""
    if threads == 1 or len(pieces) == 1:
        for piece in pieces:
            work(piece)
    else:
        futures = [_pool(threads).submit(work, piece) for piece in pieces]
        try:
            for future in futures:
                future.result()
        finally:
            # Nothing runs on after an error or an interrupt, when arrays may go.
            for future in futures:
                future.cancel()
            wait(futures)


def in_parallel(work: Callable[[T], None], pieces: Sequence[T]) -> None:
    """Call ``work``, made of NumPy's functions, for every piece on as many threads as cores.

    NumPy lets go of the interpreter while it computes. A BLAS library that spread each small matrix
    product over the cores as well would only get in the way, so it is held to one thread meanwhile.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        in_threads(work, pieces)
