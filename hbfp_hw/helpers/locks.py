"""Locks between processes. Each lock is a file, which its last holder may remove."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

POLL_SECONDS = 0.1
"""Seconds between two attempts to take a lock while a callback is polled."""

Poll = Callable[[], None] | None
"""Callback of a waiting loop, called a few times a second, or None."""


class FileLock:
    """A lock that several processes share, or that one process holds alone.

    The system releases it when the process ends, even if it is killed.

    Parameters:
        path: File of the lock, created if it does not exist.
    """

    def __init__(self, path: Path):
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, shared: bool = False, poll: Poll = None) -> None:
        """Wait for the lock and take it.

        Parameters:
            shared: Whether other processes may share it.
            poll: Called a few times a second while another process holds it.

        Raises:
            OSError: The file cannot be created.
        """
        while not self._take(shared, wait=poll is None):
            if poll is not None:
                poll()
                time.sleep(POLL_SECONDS)

    def try_acquire(self) -> bool:
        """Take the lock alone unless another process holds it. Return whether it was taken."""
        return self._take(shared=False, wait=False)

    def release(self) -> None:
        """Release the lock if it is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def remove(self) -> None:
        """Remove the file of a lock that is held alone, and release the lock."""
        self.path.unlink(missing_ok=True)
        self.release()

    def _take(self, shared: bool, *, wait: bool) -> bool:
        # Opened for both: on NFS a shared lock needs reading, a lock held alone needs writing.
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(descriptor, kind if wait else kind | fcntl.LOCK_NB)
            # Its last holder may have removed the file before it was locked here.
            taken = os.path.samestat(os.fstat(descriptor), self.path.stat())
        except (BlockingIOError, FileNotFoundError):
            taken = False
        except BaseException:
            os.close(descriptor)
            raise
        if taken:
            self._descriptor = descriptor
        else:
            os.close(descriptor)
        return taken
