"""The compiled part of the golden model: the bits of the NumPy code, sooner."""

from hbfp_hw.golden.native.convert import convert, convert_to_strips
from hbfp_hw.golden.native.library import Level, level, limit
from hbfp_hw.golden.native.multiply import add_product, can_multiply
from hbfp_hw.golden.native.packed_operand import Strips

__all__ = [
    "Level",
    "Strips",
    "add_product",
    "can_multiply",
    "convert",
    "convert_to_strips",
    "level",
    "limit",
]
