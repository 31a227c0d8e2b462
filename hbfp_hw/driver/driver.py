"""Driver whose methods block until they are done."""

import functools
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

from hbfp_hw.driver.asynchronous import AsyncDriver
from hbfp_hw.driver.parameters import CoreParameters
from hbfp_hw.driver.transport import Transport

P = ParamSpec("P")
T = TypeVar("T")


def run_to_end(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never yields, and return its result.

    Raises:
        TypeError: The coroutine yields.
    """
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise TypeError("Transport must be one that blocks; use AsyncDriver for one that yields")


def _blocking(
    method: Callable[Concatenate[AsyncDriver, P], Coroutine[Any, Any, T]],
) -> "Callable[Concatenate[Driver, P], T]":
    """Return the method of :class:`Driver` that runs a coroutine of :class:`AsyncDriver`."""

    @functools.wraps(method)
    def run(self: "Driver", /, *arguments: P.args, **options: P.kwargs) -> T:
        return run_to_end(method(self.driver, *arguments, **options))

    return run


class Driver:
    """Driver of a core: the methods of :class:`AsyncDriver`, for transports that block.

    Parameters:
        transport: Transport to the core.
        parameters: Parameters that the core must have, as in its design's ``.json``; None accepts
            any core.

    Members:
        driver: The :class:`AsyncDriver` behind the methods.

    Raises:
        TypeError: The transport yields, as one for cocotb does.
        ValueError: There is no core, or it has other parameters.
    """

    def __init__(self, transport: Transport, parameters: Mapping[str, object] | None = None):
        self.driver = run_to_end(AsyncDriver.open(transport, parameters))

    @property
    def parameters(self) -> CoreParameters:
        """Parameters that the core reports."""
        return self.driver.parameters

    read = _blocking(AsyncDriver.read)
    write = _blocking(AsyncDriver.write)
    fields = _blocking(AsyncDriver.fields)
    load_modes = _blocking(AsyncDriver.load_modes)
    start = _blocking(AsyncDriver.start)
    finish = _blocking(AsyncDriver.finish)
    multiply = _blocking(AsyncDriver.multiply)
    counters = _blocking(AsyncDriver.counters)
    clear_counters = _blocking(AsyncDriver.clear_counters)
    recover = _blocking(AsyncDriver.recover)
    reset = _blocking(AsyncDriver.reset)
