"""What a mutant does, looked at in a process of its own, as it may hang or break down."""

import os
import signal
from collections.abc import Callable

SECONDS = 60
"""Processor time after which a mutant hangs."""

HANGS, BREAKS_DOWN = "hangs", "breaks down"


def apart(judge: Callable[[], str]) -> str:
    """The judgement of a process of its own, or what became of the process."""
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
    return HANGS if hangs else BREAKS_DOWN
