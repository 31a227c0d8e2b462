"""Payloads of blocks in the two codes of a mantissa: two's complement, or sign and magnitude."""

from amaranth.hdl import Cat, Const, Module, Mux, ShapeLike, Signal, Value, signed, unsigned
from amaranth.lib import data

from hbfp_hw.format import HBFPFormat
from hbfp_hw.helpers.packed_array import PackedArray


def sign_magnitude_layout(fmt: HBFPFormat) -> data.StructLayout:
    """Return the payload of a block of sign-and-magnitude mantissas, the code of multipliers."""
    lane = data.StructLayout({"magnitude": unsigned(fmt.fraction_bits), "sign": unsigned(1)})
    return data.StructLayout(
        {
            "mantissas": PackedArray(lane, fmt.block_size),
            "exponent": signed(fmt.exponent_bits),
        }
    )


def block_shape(fmt: HBFPFormat, sign_magnitude: bool) -> ShapeLike:
    """Return the payload of one block in one of the two codes."""
    return sign_magnitude_layout(fmt) if sign_magnitude else fmt


def code_suffix(sign_magnitude: bool) -> str:
    """Return the code as it stands in names of designs; nothing for two's complement."""
    return "_sm" if sign_magnitude else ""


def scaled_exponent(
    m: Module, blocks: HBFPFormat, scaled: HBFPFormat, exponent: Value, wide: Value | None
) -> Value:
    """Return a block's exponent as cells take it.

    Parameters:
        m: Module that gets the logic.
        blocks: Widest format of the blocks.
        scaled: Format in which cells count (:attr:`~hbfp_hw.rtl.cell.CellFormat.scaled`).
        exponent: Exponent of the block.
        wide: Whether its mantissas are wide; None if all have the width of ``blocks``.
    """
    nan = exponent == blocks.nan_exponent
    raised = exponent if wide is None else exponent + Cat(Const(0, 1), ~wide)
    result = Signal(signed(scaled.exponent_bits), name="scaled_exponent")
    m.d.comb += result.eq(Mux(nan, scaled.nan_exponent, raised))
    return result
