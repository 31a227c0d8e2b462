"""Threads of the golden model: shared work, errors and forked children."""

import os
import threading
import time

import pytest

from hbfp_hw.golden.parallel import CORES, in_threads


@pytest.mark.parametrize("threads", [1, 2, CORES, 50])
def test_every_piece_is_done_once(threads):
    done = []
    in_threads(done.append, range(1000), threads)
    assert sorted(done) == list(range(1000))


def test_caller_and_another_thread_share_the_work():
    """Each of two pieces waits until the other one has begun."""
    both = threading.Barrier(2, timeout=60)
    names = set()

    def work(piece):
        both.wait()
        names.add(threading.get_ident())

    in_threads(work, range(2), 2)
    assert len(names) == 2
    assert threading.get_ident() in names


@pytest.mark.parametrize("error", [ValueError, IndexError, KeyboardInterrupt])
def test_errors_are_raised_after_all_threads_stopped(error):
    running, done = set(), []

    def work(piece):
        running.add(piece)
        time.sleep(0.001)
        running.remove(piece)
        done.append(piece)
        if piece == 5:
            raise error("five")

    with pytest.raises(error, match="five"):
        in_threads(work, range(1000), 2)
    assert not running
    assert len(done) < 100


def test_a_forked_child_starts_its_own_threads():
    in_threads(lambda piece: None, range(10), 2)
    child = os.fork()
    if child == 0:
        both = threading.Barrier(2, timeout=30)
        try:
            in_threads(lambda piece: both.wait(), range(2), 2)
        finally:
            os._exit(both.broken)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
