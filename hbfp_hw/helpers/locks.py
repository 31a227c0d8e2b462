"""Locks between processes, each a file that its last holder may remove."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

POLL_SECONDS = 0.1


class FileLock:
    """A lock that many processes share, or that one has alone.

    The system releases it when the process ends, in whatever way.

    Parameters:
        path: The file, which is made if there is none.
    """

    def __init__(self, path: Path):
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, shared: bool = False, poll: Callable[[], None] | None = None) -> None:
        """Wait for the lock and take it.

        Parameters:
            shared: Whether others may have it at the same time.
            poll: Called a few times a second while another process has it.

        Raises:
            OSError: The file cannot be made.
        """
        while not self._take(shared, wait=poll is None):
            if poll is not None:
                poll()
                time.sleep(POLL_SECONDS)

    def try_acquire(self) -> bool:
        """Take the lock alone, if no other process has it; return whether it is taken."""
        return self._take(shared=False, wait=False)

    def release(self) -> None:
        """Give the lock back; no error if it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def remove(self) -> None:
        """Remove the file of a lock that is held alone, and give the lock back."""
        self.path.unlink(missing_ok=True)
        self.release()

    def _take(self, shared: bool, *, wait: bool) -> bool:
        # Opened for both: a shared lock on NFS needs reading, one alone writing.
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
