"""Named tables of mantissa widths."""

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.engine import NARROW_BITS, WIDE_BITS
from hbfp_hw.format import check_integer

FP32 = 0
"""Entry for FP32 in a table of mantissa widths."""

MOST_LAYERS = MOST_EPOCHS = 1 << 16
"""Largest number of layers and of epochs in a schedule."""

# Mantissa width of each preset outside of the layers and epochs in which it has 6 bits.
_EVERYWHERE = {
    "fp32": FP32,
    "hbfp8": 8,
    "hbfp6": WIDE_BITS,
    "hbfp4": NARROW_BITS,
    "hbfp4+layers": NARROW_BITS,
    "booster": NARROW_BITS,
}

PRESETS = tuple(_EVERYWHERE)
"""Names of the presets, from FP32 to 4 bits; the paper's own schedule is last."""


def preset_table(name: str, layers: int, epochs: int, boosted_epochs: int = 1) -> NDArray[np.int64]:
    """Return the mantissa width of every layer in every epoch, shape (layers, epochs).

    Parameters:
        name: One of :data:`PRESETS`. ``hbfp4+layers`` has 6 bits in the first and the last layer
            and 4 bits elsewhere. ``booster`` also has 6 bits in all layers of the last epochs.
        layers, epochs: Numbers of layers and epochs.
        boosted_epochs: Number of epochs at the end in which ``booster`` has 6 bits in all layers.

    Raises:
        TypeError: A number is not an integer.
        ValueError: There is no such preset, or a number is out of range.
    """
    if name not in _EVERYWHERE:
        raise ValueError(f"Preset must be one of {', '.join(PRESETS)}, not {name!r}")
    check_integer("Layers", layers, 1, MOST_LAYERS)
    check_integer("Epochs", epochs, 1, MOST_EPOCHS)
    check_integer("Boosted epochs", boosted_epochs, 0, epochs)
    table = np.full((layers, epochs), _EVERYWHERE[name])
    if name in ("hbfp4+layers", "booster"):
        table[[0, -1]] = WIDE_BITS
    if name == "booster":
        table[:, epochs - boosted_epochs :] = WIDE_BITS
    return table
