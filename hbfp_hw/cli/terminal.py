"""Output to terminals and pipes whose encoding lacks characters."""

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
"""ASCII in place of the signs that this package prints."""

HANDLER = "hbfp_hw.substitute"


def substitute(error: UnicodeError) -> tuple[str, int]:
    """Replace what an encoding lacks: known signs by ASCII, all else by its escape.

    Parameters:
        error: An error of encoding.

    Returns:
        The replacement, and where encoding goes on.

    Raises:
        UnicodeError: The error is not one of encoding.
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
    """Let standard output and standard error take every character in the block."""
    streams = [s for s in (sys.stdout, sys.stderr) if isinstance(s, io.TextIOWrapper)]
    before = [stream.errors for stream in streams]
    for stream in streams:
        stream.reconfigure(errors=HANDLER)
    try:
        yield
    finally:
        for stream, errors in zip(streams, before, strict=True):
            # A stream that cannot be flushed, as on a full disk, cannot be changed either.
            with suppress(OSError, ValueError):
                stream.reconfigure(errors=errors)
