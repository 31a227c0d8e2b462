"""Output to terminals and pipes whose encoding lacks some characters."""

import codecs
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SUBSTITUTES = {
    "×": "x",
    "·": "*",
    "…": "...",
    "−": "-",
    "–": "-",
    "—": "-",
    "≤": "<=",
    "≥": ">=",
    "→": "->",
    "µ": "u",
    "²": "2",
    "ᵀ": "^T",
    "“": '"',
    "”": '"',
    "’": "'",
}
"""ASCII in place of each character outside ASCII that this package prints."""

HANDLER = "hbfp_hw.substitute"
"""Name under which :func:`substitute` is registered as an error handler."""


def substitute(error: UnicodeError) -> tuple[str, int]:
    """Replace characters that an encoding lacks, as an error handler of :mod:`codecs`.

    Known characters become ASCII, all others their escapes.

    Returns:
        The replacement, and the position where encoding continues.

    Raises:
        UnicodeError: The error comes from decoding.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    escaped = (
        SUBSTITUTES.get(char) or char.encode("unicode_escape").decode("ascii") for char in lacking
    )
    return "".join(escaped), error.end


codecs.register_error(HANDLER, substitute)


@contextmanager
def degrading_output() -> Iterator[None]:
    """Replace characters that standard output and standard error cannot encode, in the block."""
    streams = [s for s in (sys.stdout, sys.stderr) if isinstance(s, io.TextIOWrapper)]
    before = [stream.errors for stream in streams]
    for stream in streams:
        stream.reconfigure(errors=HANDLER)
    try:
        yield
    finally:
        for stream, errors in zip(streams, before, strict=True):
            # A stream that cannot be flushed, as on a full disk, cannot be reconfigured.
            with suppress(OSError, ValueError):
                stream.reconfigure(errors=errors)
