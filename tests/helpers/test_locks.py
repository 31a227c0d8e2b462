"""Locks between processes."""

from hbfp_hw.helpers.locks import FileLock


def test_a_removed_lock_is_not_taken(tmp_path):
    """A process that waits for a lock whose file is removed gets a lock on the new file."""
    first, second, third = (FileLock(tmp_path / "lock") for _ in range(3))
    first.acquire()
    assert not second.try_acquire()
    polled = []

    def poll():
        if not polled:
            first.remove()
        polled.append(1)

    second.acquire(poll=poll)
    assert polled
    assert (tmp_path / "lock").exists()
    assert not third.try_acquire()
    second.release()
    assert third.try_acquire()
    third.release()
