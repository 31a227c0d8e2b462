"""Threads for the golden model: many small pieces of work, each done by one thread."""

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

T = TypeVar("T")

CORES = os.cpu_count() or 1
"""Default number of threads: one per processor core."""


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(CORES)


# A forked child does not inherit the threads of the pool, so it makes a new one.
os.register_at_fork(after_in_child=_pool.cache_clear)


def in_threads(work: Callable[[T], None], pieces: Iterable[T], threads: int = CORES) -> None:
    """Call ``work`` for every piece, on up to ``threads`` threads.

    The caller's thread is one of them. On a busy machine it may finish all pieces before another
    thread starts.

    Parameters:
        work: Function of a piece; the threads only help if it releases the interpreter's lock.
        pieces: Pieces, taken in order.
        threads: Largest number of threads.
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
        # Wait even after an error or an interrupt: on return, the caller may free its arrays.
        started = [helper for helper in helpers if not helper.cancel()]
        wait(started)
    for helper in started:
        helper.result()


def in_parallel(work: Callable[[T], None], pieces: Iterable[T]) -> None:
    """Call ``work``, which computes with NumPy, for every piece on as many threads as cores.

    NumPy releases the interpreter's lock while it computes. Meanwhile BLAS is limited to one
    thread: its own threads for each small matrix product would compete with these.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        in_threads(work, pieces)
