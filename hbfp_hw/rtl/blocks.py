"""How the mantissas of a block are coded: two's complement, or sign and magnitude."""

from amaranth.hdl import ShapeLike, signed, unsigned
from amaranth.lib import data

from hbfp_hw.format import HBFPFormat
from hbfp_hw.helpers.packed_array import PackedArray


def sign_magnitude_layout(fmt: HBFPFormat) -> data.StructLayout:
    """A block whose mantissas are sign and magnitude, the form that multipliers like."""
    lane = data.StructLayout({"magnitude": unsigned(fmt.fraction_bits), "sign": unsigned(1)})
    return data.StructLayout(
        {
            "mantissas": PackedArray(lane, fmt.block_size),
            "exponent": signed(fmt.exponent_bits),
        }
    )


def block_shape(fmt: HBFPFormat, sign_magnitude: bool) -> ShapeLike:
    """Payload of one block in one of the two codes."""
    return sign_magnitude_layout(fmt) if sign_magnitude else fmt


def code_suffix(sign_magnitude: bool) -> str:
    """The code as it stands in names; nothing for two's complement."""
    return "_sm" if sign_magnitude else ""
