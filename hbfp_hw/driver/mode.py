"""Mode of a product: given with the product, or an entry of the core's mode table."""

from collections.abc import Mapping
from typing import NamedTuple

from hbfp_hw.booster import Mode
from hbfp_hw.booster.roles import Pass
from hbfp_hw.core.registers import DESCRIPTOR, REGISTERS
from hbfp_hw.format import check_integer

SIZE_REGISTERS = tuple(name for name in DESCRIPTOR if name != "mode")
"""Registers that each hold one field of the descriptor; the field has the register's name."""


class TableEntry(NamedTuple):
    """One entry of the mode table.

    Members:
        layer: Number of the layer.
        product: Product of the layer's training step.
    """

    layer: int
    product: Pass = Pass.FORWARD


def mode_word(mode: Mode, entry: TableEntry | None, layers: int, *, accumulate: bool) -> int:
    """Return the word of the register ``mode`` for one product.

    Parameters:
        mode: Rounding mode and widths. It must be the default mode if an entry is given.
        entry: Entry of the mode table to use instead of ``mode``.
        layers: Layers of the core's mode table.
        accumulate: Whether the product starts from C.

    Raises:
        TypeError: The layer is not an integer.
        ValueError: The table has no such entry, or a mode is given beside it.
    """
    register = REGISTERS["mode"]
    if entry is None:
        return register.pack(accumulate=int(accumulate), word=mode.word)
    check_integer("Layer", entry.layer, 0, layers - 1)
    if mode.word:
        raise ValueError(f"Mode must be left out where a layer is given, not {mode!r}")
    product = list(Pass).index(Pass(entry.product))
    return register.pack(
        accumulate=int(accumulate), from_table=1, layer=entry.layer, product=product
    )


def packed_mode(fields: Mapping[str, int]) -> int:
    """Return the mode in the fields of a descriptor, as the mode table holds it in four bits.

    An illegal rounding mode stays illegal.
    """
    return fields["rounding"] | fields["wide_x"] << 2 | fields["wide_w"] << 3
