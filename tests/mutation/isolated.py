"""Judgement of a mutant in a process of its own, because a mutant may hang or crash."""

import os
import signal
from collections.abc import Callable

SECONDS = 60
"""Processor time after which a mutant counts as hanging, in seconds."""

HANGS, CRASHES = "hangs", "breaks down"


def isolated(judge: Callable[[], str]) -> str:
    """Run ``judge`` in a forked process; return its result, or how the process failed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        os.write(writing, f"={judge()}".encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if said:
        return said[1:]
    hangs = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGVTALRM
    return HANGS if hangs else CRASHES
