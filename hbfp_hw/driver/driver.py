"""The driver for programs that wait for their products."""

import functools
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

from hbfp_hw.driver.asynchronous import AsyncDriver
from hbfp_hw.driver.parameters import Parameters
from hbfp_hw.driver.transfers import Matrix
from hbfp_hw.driver.transport import Transport

P = ParamSpec("P")
T = TypeVar("T")


def run_to_end(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never gives way."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise TypeError("Transport must be one that does not give way, or go with AsyncDriver")


def _waiting(
    method: Callable[Concatenate[AsyncDriver, P], Coroutine[Any, Any, T]],
) -> "Callable[Concatenate[Driver, P], T]":
    """The method that waits for the coroutine's end."""

    @functools.wraps(method)
    def run(self: "Driver", /, *arguments: P.args, **options: P.kwargs) -> T:
        return run_to_end(method(self.driver, *arguments, **options))

    return run


class Driver:
    """Products on a core: :class:`AsyncDriver` for transports whose methods wait.

    Parameters:
        transport, parameters: As for :meth:`AsyncDriver.open`.

    Members:
        driver: The driver whose methods these are.

    Raises:
        TypeError: The transport gives way to others.
        ValueError: It is no such core.
    """

    def __init__(self, transport: Transport, parameters: Mapping[str, Any] | None = None):
        self.driver = run_to_end(AsyncDriver.open(transport, parameters))

    @property
    def parameters(self) -> Parameters:
        """What the core says that it is."""
        return self.driver.parameters

    read = _waiting(AsyncDriver.read)
    write = _waiting(AsyncDriver.write)
    fields = _waiting(AsyncDriver.fields)
    load_modes = _waiting(AsyncDriver.load_modes)
    start = _waiting(AsyncDriver.start)
    finish = _waiting(AsyncDriver.finish)
    counters = _waiting(AsyncDriver.counters)
    clear_counters = _waiting(AsyncDriver.clear_counters)
    recover = _waiting(AsyncDriver.recover)
    reset = _waiting(AsyncDriver.reset)

    def multiply(self, x: Matrix, w: Matrix, c: Matrix | None = None, **how: Any) -> Matrix:
        """Y = C + X·W, with the bits of the golden model; ``how`` is as for :meth:`start`."""
        return self.finish(self.start(x, w, c, **how))
