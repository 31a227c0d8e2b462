"""The compiled part of the golden model: the same bits as the NumPy code, in less time."""

from hbfp_hw.golden.native.convert import convert, convert_packed
from hbfp_hw.golden.native.library import Level, level, limit
from hbfp_hw.golden.native.multiply import add_product, can_multiply
from hbfp_hw.golden.native.packed_operand import PackedOperand

__all__ = [
    "Level",
    "PackedOperand",
    "add_product",
    "can_multiply",
    "convert",
    "convert_packed",
    "level",
    "limit",
]
