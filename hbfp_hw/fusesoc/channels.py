"""Traffic of a test bench: payloads that a design gets, and those that it must give."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import FieldArrays
from hbfp_hw.generation.payload import pack
from hbfp_hw.rtl.fields import Field

Words = NDArray[np.uint32]


@dataclass(frozen=True)
class Channel:
    """One channel of a design, with the payloads of all its transfers.

    Members:
        name: Name in the bench.
        output: True if the design is the source of the payloads.
        ports: Names and widths of the ports that carry the payload, lowest bits first.
        valid, ready: Names of the handshake ports, None for a port that does not exist. Without
            ``ready``, a transfer takes place in each cycle with ``valid``. An input without
            ``valid`` gets its payloads in consecutive cycles.
        values: Payloads as little-endian 32-bit words, shape (transfers, words).
        unknown: Bits that are ``x`` in an input and not compared in an output, same shape.
        low: Bits of an input that are 0 in a cycle without ``valid``; the others are ``x`` then.
    """

    name: str
    output: bool
    ports: tuple[tuple[str, int], ...]
    valid: str | None
    ready: str | None
    values: Words
    unknown: Words
    low: int = 0

    @property
    def width(self) -> int:
        """Bits of a payload."""
        return sum(width for _, width in self.ports)

    @property
    def count(self) -> int:
        """Number of transfers."""
        return len(self.values)


@dataclass(frozen=True)
class Access:
    """One step of the master of the register bus.

    Members:
        kind: "write"; "read" and compare with ``value``; "wait" for all results; or "interrupt",
            which compares the interrupt with ``value``.
        address: Byte address.
        value: Word to write, or expected word.
    """

    kind: str
    address: int = 0
    value: int = 0


@dataclass(frozen=True)
class Traffic:
    """Traffic of a test bench.

    Members:
        channels: All channels of the design.
        accesses: Accesses over AXI4-Lite, if the design has registers.
        stalls: Whether the channels of the design can stall.
    """

    channels: Sequence[Channel]
    accesses: Sequence[Access] = ()
    stalls: bool = True


def packed(fields: Sequence[Field], values: FieldArrays) -> tuple[Words, Words]:
    """Return payloads and their unknown bits. Masked elements of masked arrays are unknown."""
    masks = {name: np.where(np.ma.getmaskarray(value), -1, 0) for name, value in values.items()}
    data = {name: np.ma.getdata(value) for name, value in values.items()}
    return pack(fields, data), pack(fields, masks)


def numbers(words: Words) -> list[int]:
    """Return payloads as integers."""
    return [int.from_bytes(row.tobytes(), "little") for row in np.ascontiguousarray(words, "<u4")]
