"""Tables of mantissa widths: checked, and from files."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.booster.presets import FP32, MOST_EPOCHS, MOST_LAYERS
from hbfp_hw.booster.roles import Role
from hbfp_hw.format import check_integer
from hbfp_hw.helpers.toml_file import read_toml

KEY = "mantissa_bits"
"""The only key of a file with a table."""


def checked_table(mantissa_bits: ArrayLike) -> NDArray[np.int64]:
    """A table of mantissa widths, shape (layers, epochs, 3), read-only.

    :class:`~hbfp_hw.booster.schedule.BoosterSchedule` says what it is, and what is refused.
    """
    shapes = f"(layers, epochs) or (layers, epochs, {len(Role)})"
    try:
        table = np.array(mantissa_bits)
    except ValueError:  # lists of several lengths
        raise ValueError(f"Mantissa widths must be of shape {shapes}, not ragged") from None
    if table.dtype.kind not in "iu":
        raise TypeError(f"Mantissa widths must be integers, not {table.dtype} values")
    if table.ndim == 2:
        table = np.repeat(table[..., np.newaxis], len(Role), axis=2)
    if table.ndim != 3 or table.shape[2] != len(Role) or table.size == 0:
        raise ValueError(
            f"Mantissa widths must be of shape {shapes}, not {np.shape(mantissa_bits)!r}"
        )
    check_integer("Layers", table.shape[0], 1, MOST_LAYERS)
    check_integer("Epochs", table.shape[1], 1, MOST_EPOCHS)
    for bits in np.unique(table).tolist():
        if bits != FP32:
            check_integer("Mantissa width", bits, 2, 16)
    wide = table == FP32
    if (wide.any(axis=2) != wide.all(axis=2)).any():
        raise ValueError("Mantissa widths of a layer must be FP32 for all tensors or for none")
    table = table.astype(np.int64)
    table.flags.writeable = False
    return table


@dataclass(frozen=True)
class FormatTable:
    """A table of mantissa widths with a name, made by :meth:`make`; equal ones are equal.

    Members:
        name: What files and plots call it.
        mantissa_bits: By layer, epoch and tensor (input, weight, gradient); 0 is FP32.
    """

    name: str
    mantissa_bits: tuple[tuple[tuple[int, ...], ...], ...]

    @classmethod
    def make(cls, name: str, mantissa_bits: ArrayLike) -> "FormatTable":
        """A table that is checked.

        Parameters:
            name: Letters, digits, ``_``, ``+``, ``-`` and ``.``, the first a letter or a digit.
            mantissa_bits: As of :class:`~hbfp_hw.booster.schedule.BoosterSchedule`.

        Raises:
            TypeError: The table is not one of integers.
            ValueError: The name, the table's shape or a width is out of range.
        """
        if not re.fullmatch(r"[a-z\d][\w.+-]*", name, re.ASCII | re.IGNORECASE):
            raise ValueError(
                "Name of a schedule must be letters, digits, _, +, - and dots, the first a letter "
                f"or a digit, not {name!r}"
            )
        table = checked_table(mantissa_bits).tolist()
        return cls(name, tuple(tuple(map(tuple, epochs)) for epochs in table))

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return len(self.mantissa_bits)

    @property
    def epochs(self) -> int:
        """How many epochs there are."""
        return len(self.mantissa_bits[0])

    def __str__(self) -> str:
        return self.name


def read_table(path: Path) -> FormatTable:
    """A table from a TOML file with the key ``mantissa_bits``; it has the name of the file.

    Raises:
        TypeError: The table is not one of integers.
        ValueError: The file is none of a schedule.
        OSError: It cannot be read.
    """
    content = read_toml("Schedule", path)
    if set(content) != {KEY}:
        raise ValueError(f"Schedule must have {KEY!r} and nothing else, not {sorted(content)!r}")
    return FormatTable.make(path.name, content[KEY])
