"""The compiled library: how it is found, and the level that this processor can run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CDLL, c_int32, c_int64, c_void_p
from enum import IntEnum
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

INTERFACE = 3
"""Version of the interface in ``native.h``; a library with another version is not used."""

VARIABLE = "HBFP_NATIVE"
"""Environment variable that holds the name of the highest level to use, in lower case."""


class Level(IntEnum):
    """Level of compiled code in use. Every level gives the same bits."""

    NUMPY = 0
    """No compiled code: NumPy computes everything."""
    PLAIN = 1
    """Compiled conversions; NumPy computes products."""
    AVX2 = 2
    """Compiled conversions, and compiled products of mantissas up to 8 bits."""
    AVX512 = 3
    """The same with AVX-512; products use its VNNI instructions."""


@cache
def library() -> CDLL | None:
    """Return the library that was built with the package, or None without a usable one."""
    for suffix in EXTENSION_SUFFIXES:
        path = Path(__file__).with_name(f"_library{suffix}")
        if path.is_file():
            try:
                loaded = CDLL(str(path))
            except OSError:  # it was built for another system
                return None
            if loaded.hbfp_interface() != INTERFACE:
                return None
            loaded.hbfp_convert.argtypes = [c_void_p, c_int32, c_int64, c_int64]
            loaded.hbfp_convert.restype = c_int32
            loaded.hbfp_multiply.argtypes = [c_void_p, c_int32, *[c_int64] * 4]
            loaded.hbfp_multiply.restype = None
            return loaded
    return None


_limits: list[Level] = []


@cache
def _highest() -> Level:
    wanted = os.environ.get(VARIABLE, Level.AVX512.name.lower())
    names = [level.name.lower() for level in Level]
    if wanted not in names:
        raise ValueError(f"{VARIABLE} must be one of {', '.join(names)}, not {wanted!r}")
    loaded = library()
    return min(Level(loaded.hbfp_level() if loaded else 0), Level(names.index(wanted)))


def level() -> Level:
    """Return the level in use: the highest that library, processor and limits allow."""
    return min([_highest(), *_limits])


@contextmanager
def limit(highest: Level) -> Iterator[None]:
    """Use no level above ``highest`` within the ``with`` statement, in all threads."""
    _limits.append(highest)
    try:
        yield
    finally:
        _limits.pop()
