"""Descriptors of products, and the interface that hands one to a part of the engine."""

from amaranth.hdl import Module, Signal, Value, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import Engine
from hbfp_hw.rtl.bits import is_value, named

SIZE_BITS = 16
"""Bits of the sizes of a product."""


def descriptor_layout(block_size: int, depth: int) -> data.StructLayout:
    """Return the payload of descriptors; each starts a product Y = C + X·W.

    Fields: ``rows`` (M), ``columns`` (P), ``blocks`` (blocks along K), ``lanes`` (elements in the
    last of them, 1 to N) and ``chunk`` (blocks in a chunk of K, up to the engine's depth);
    ``wide_x`` and ``wide_w`` (6-bit operands, else 4-bit); ``rounding`` (a
    :class:`~hbfp_hw.format.Rounding` code) and ``seed``; ``accumulate`` (start from C, else +0).

    Parameters:
        block_size: Lanes N.
        depth: Largest number of blocks in a chunk.
    """
    return data.StructLayout(
        {
            "seed": unsigned(32),
            "rows": unsigned(SIZE_BITS),
            "columns": unsigned(SIZE_BITS),
            "blocks": unsigned(SIZE_BITS),
            "lanes": range(block_size + 1),
            "chunk": range(depth + 1),
            "rounding": unsigned(2),
            "wide_x": unsigned(1),
            "wide_w": unsigned(1),
            "accumulate": unsigned(1),
        }
    )


def is_bad(m: Module, descriptor: data.View, block_size: int, depth: int) -> Signal:
    """Return a flag that is asserted for a descriptor that no engine of these sizes can execute."""
    bad: Value = (
        is_value(descriptor.rows, 0)
        | is_value(descriptor.columns, 0)
        | is_value(descriptor.blocks, 0)
        | is_value(descriptor.lanes, 0)
        | is_value(descriptor.chunk, 0)
        | (descriptor.chunk > depth)
        | descriptor.rounding.all()
    )
    if (1 << len(descriptor.lanes)) - 1 > block_size:
        bad |= descriptor.lanes > block_size
    return named(m, bad, "bad")


class ProductControl(wiring.Signature):
    """Control of one part of the engine, from the dispatcher's point of view.

    A part is a component that follows a product through its tiles by itself: a loader, the start
    values, the sequencer.

    Parameters:
        engine: Sizes of the engine.

    Members:
        start: Out. Strobe: the part begins the product of ``descriptor`` in the next cycle. It is
            asserted only while ``active`` is not.
        descriptor: Out. The product (:func:`descriptor_layout`). Valid from ``start`` on, up to and
            including the cycle after the last one in which ``active`` is asserted; meaningless
            between products.
        active: In. Asserted from the cycle after ``start`` while tiles of the product are left.
    """

    def __init__(self, engine: Engine):
        super().__init__(
            {
                "start": Out(1),
                "descriptor": Out(descriptor_layout(engine.block_size, engine.depth)),
                "active": In(1),
            }
        )
