"""Tables of mantissa widths: checked, named, and read from files."""

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
"""The only key of a TOML file with a table."""


def checked_table(mantissa_bits: ArrayLike) -> NDArray[np.int64]:
    """Return a table of mantissa widths as a read-only array of shape (layers, epochs, 3).

    Parameters and errors are those of :class:`~hbfp_hw.booster.schedule.BoosterSchedule`.
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
    fp32 = table == FP32
    if (fp32.any(axis=2) != fp32.all(axis=2)).any():
        raise ValueError("Mantissa widths of a layer must be FP32 for all tensors or for none")
    table = table.astype(np.int64)
    table.flags.writeable = False
    return table


@dataclass(frozen=True)
class FormatTable:
    """A named table of mantissa widths, compared by value. Create it with :meth:`make`.

    Members:
        name: Name in files and plots.
        mantissa_bits: Widths by layer, epoch and tensor (input, weight, gradient); 0 is FP32.
    """

    name: str
    mantissa_bits: tuple[tuple[tuple[int, ...], ...], ...]

    @classmethod
    def make(cls, name: str, mantissa_bits: ArrayLike) -> "FormatTable":
        """Check a name and a table, and return them as one object.

        Parameters:
            name: Letters, digits, ``_``, ``+``, ``-`` and ``.``, the first a letter or a digit.
            mantissa_bits: Table for :class:`~hbfp_hw.booster.schedule.BoosterSchedule`.

        Raises:
            TypeError: The table has values that are not integers.
            ValueError: The name has other characters, or the table's shape or a width is out of
                range.
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
        """Number of layers."""
        return len(self.mantissa_bits)

    @property
    def epochs(self) -> int:
        """Number of epochs."""
        return len(self.mantissa_bits[0])

    def __str__(self) -> str:
        return self.name


def read_table(path: Path) -> FormatTable:
    """Read a table from a TOML file whose only key is ``mantissa_bits``.

    The table is named after the file, suffix included.

    Raises:
        TypeError: The table has values that are not integers.
        ValueError: The file is not TOML, has other keys, or its table is out of range.
        OSError: The file cannot be read.
    """
    content = read_toml("Schedule", path)
    if set(content) != {KEY}:
        raise ValueError(f"Schedule must have {KEY!r} and nothing else, not {sorted(content)!r}")
    return FormatTable.make(path.name, content[KEY])
