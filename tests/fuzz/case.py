"""One call of the fuzzer, and its outcome with compiled code and with NumPy."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.golden import native
from hbfp_hw.golden.native import Level, limit

Array = NDArray[Any]
Results = list[Array]
Arguments = dict[str, Any]
"""Keyword arguments of a call, which may be of any type."""


@dataclass
class Case:
    """A randomly drawn call.

    Members:
        kind: Name of the called function.
        call: Function that makes the call and returns the arrays of the result.
        arguments: Arguments of the called function, for the report of a failure.
        tags: Disturbances of the arguments.
        errors: Types of errors that are allowed; their messages must be one line.
    """

    kind: str
    call: Callable[[], Results]
    arguments: Arguments
    tags: list[str] = field(default_factory=list)
    errors: tuple[type[Exception], ...] = (TypeError, ValueError)

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={describe(value)}" for name, value in self.arguments.items())
        return f"{self.kind}({shown}) [{', '.join(self.tags)}]"


def describe(value: Any) -> str:
    """Return a short description of an argument."""
    if isinstance(value, np.ndarray):
        flags = "" if value.flags.writeable else " read-only"
        return f"{type(value).__name__} {value.dtype} {value.shape} strides {value.strides}{flags}"
    return repr(value).replace("\n", " ")[:200]


@dataclass(frozen=True)
class Outcome:
    """Outcome of a call: the arrays of its result, or an error."""

    results: tuple[tuple[str, tuple[int, ...], bytes], ...] = ()
    error: str = ""
    message: str = ""


def outcome(case: Case, level: Level) -> Outcome:
    """Make a call with a level; an error that is not allowed propagates."""
    with limit(level), warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            arrays = case.call()
        except case.errors as error:
            return Outcome(error=type(error).__name__, message=str(error))
    return Outcome(tuple((str(a.dtype), a.shape, a.tobytes()) for a in arrays))


def check(case: Case) -> tuple[str, str]:
    """Make a call with compiled code and with NumPy, and compare.

    Returns:
        The end of the call with compiled code (``result`` or the type of the error), and the
        failure (empty without one).
    """
    inputs = [value for value in case.arguments.values() if isinstance(value, np.ndarray)]
    before = [value.tobytes() if value.dtype != object else b"" for value in inputs]
    try:
        compiled = outcome(case, native.level())
        by_numpy = outcome(case, Level.NUMPY)
    except Exception as error:
        return "raised", f"{type(error).__name__}: {error}"
    after = [value.tobytes() if value.dtype != object else b"" for value in inputs]
    end = compiled.error or "result"
    if before != after:
        return end, "an argument was written"
    if "\n" in compiled.message.strip() or (compiled.error and not compiled.message):
        return end, f"a message that is not one line: {compiled.message!r}"
    if compiled.error != by_numpy.error:
        return end, f"compiled: {compiled.error or 'result'}, NumPy: {by_numpy.error or 'result'}"
    if compiled.results != by_numpy.results:
        return end, "other bits than NumPy's"
    return end, ""
