"""Signals that end the program, raised as exceptions so that it first ends its children."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)
"""Signals that a shutdown, a batch scheduler or a closed terminal sends to end a program.

Python itself turns SIGINT into an exception.
"""


class Terminated(BaseException):
    """A signal asked the program to end.

    Members:
        number: Number of the signal.
    """

    def __init__(self, number: int):
        super().__init__(number)
        self.number = number


@contextmanager
def signals_raise() -> Iterator[None]:
    """Raise :class:`Terminated` in the block when a signal of :data:`ENDING` arrives.

    A signal that the program ignores stays ignored. Outside the main thread nothing changes,
    because Python handles signals in the main thread only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {number: signal.getsignal(number) for number in ENDING}
    taken = {number: old for number, old in previous.items() if old is signal.SIG_DFL}
    for number in taken:
        signal.signal(number, _raise)
    try:
        yield
    finally:
        for number, old in taken.items():
            signal.signal(number, old)


def _raise(number: int, _frame: FrameType | None) -> None:
    raise Terminated(number)
