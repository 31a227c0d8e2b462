"""TOML files that users write."""

import tomllib
from pathlib import Path
from typing import Any


def read_toml(thing: str, path: Path) -> dict[str, Any]:
    """Return the content of a TOML file.

    Parameters:
        thing: Name of the file's subject in errors, as ``Sweep``.
        path: The file.

    Raises:
        ValueError: The file is not a TOML file.
        OSError: The file cannot be read.
    """
    if path.exists() and not path.is_file():  # a pipe or a device might never end
        raise ValueError(f"{thing} must be a file")
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"{thing} must be a TOML file: {error}") from None
