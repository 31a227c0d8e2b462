"""One call of the fuzzer, and what came of it on compiled code and on NumPy."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hbfp_hw.golden import native
from hbfp_hw.golden.native import Level, limit

Results = list[np.ndarray]


@dataclass
class Case:
    """A call that was drawn.

    Members:
        kind: Function that is called.
        call: Calls it; returns the arrays of the result.
        arguments: Arguments of the function, for the report of a failure.
        tags: What was disturbed.
        errors: Kinds of errors that are fine; their messages must have one line.
    """

    kind: str
    call: Callable[[], Results]
    arguments: dict[str, Any]
    tags: list[str] = field(default_factory=list)
    errors: tuple[type[Exception], ...] = (TypeError, ValueError)

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={describe(value)}" for name, value in self.arguments.items())
        return f"{self.kind}({shown}) [{', '.join(self.tags)}]"


def describe(value: Any) -> str:
    """An argument in a few words."""
    if isinstance(value, np.ndarray):
        flags = "" if value.flags.writeable else " read-only"
        return f"{type(value).__name__} {value.dtype} {value.shape} strides {value.strides}{flags}"
    return repr(value).replace("\n", " ")[:200]


@dataclass(frozen=True)
class Outcome:
    """What a call came to: arrays, or an error."""

    results: tuple[tuple[str, tuple[int, ...], bytes], ...] = ()
    error: str = ""
    message: str = ""


def outcome(case: Case, level: Level) -> Outcome:
    """Run a call on a level; an error that is not fine is raised again."""
    with limit(level), warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            arrays = case.call()
        except case.errors as error:
            return Outcome(error=type(error).__name__, message=str(error))
    return Outcome(tuple((str(a.dtype), a.shape, a.tobytes()) for a in arrays))


def trouble(case: Case) -> tuple[str, str]:
    """How a call ended on compiled code, and what is wrong with that; nothing if all is well."""
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
