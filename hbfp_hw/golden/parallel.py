"""Work on all cores: many small pieces, each on one."""

import os
from collections import deque
from collections.abc import Callable, Iterable
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
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(CORES)


# A child process has none of its parent's threads.
os.register_at_fork(after_in_child=_pool.cache_clear)


def in_threads(work: Callable[[T], None], pieces: Iterable[T], threads: int = CORES) -> None:
    """Call ``work``, which lets go of the interpreter, for every piece on some threads.

    The caller's thread is one of them: on a busy machine it does all the work before another one
    gets a turn.
    """
    remaining = deque(pieces)
    if threads == 1 or len(remaining) == 1:
        for piece in remaining:
            work(piece)
        return

    def share() -> None:
        while True:
            try:
                piece = remaining.popleft()
            except IndexError:
                return
            try:
                work(piece)
            except BaseException:
                remaining.clear()
                raise

    helpers = [_pool().submit(share) for _ in range(min(threads, len(remaining)) - 1)]
    try:
        share()
    finally:
        # Nothing runs on after an error or an interrupt, when arrays may go.
        started = [helper for helper in helpers if not helper.cancel()]
        wait(started)
    for helper in started:
        helper.result()


def in_parallel(work: Callable[[T], None], pieces: Iterable[T]) -> None:
    """Call ``work``, made of NumPy's functions, for every piece on as many threads as cores.

    NumPy lets go of the interpreter while it computes. A BLAS library that spread each small matrix
    product over the cores as well would only get in the way, so it is held to one thread meanwhile.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        in_threads(work, pieces)
