"""Traffic of a test bench: payloads that enter a design and payloads that must leave it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.generation.payload import pack
from hbfp_hw.rtl.fields import Field

Words = NDArray[np.uint32]


@dataclass(frozen=True)
class Channel:
    """One channel of a design with all its transfers.

    Members:
        name: Name in the bench.
        output: Whether the design is the source.
        ports: Names and widths of the ports that carry the payload, lowest bits first.
        valid, ready: Names of the handshake ports. Without ``ready``, a transfer takes place
            whenever the payload is valid. An input without ``valid`` brings its payloads in
            consecutive cycles.
        values: Payloads as little-endian 32-bit words, shape (transfers, words).
        unknown: Bits of the payloads, of the same shape, that an input leaves unknown and that are
            not compared in an output.
        low: Bits of an input that are 0 while nothing is valid; the others are unknown then.
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
        """Transfers."""
        return len(self.values)


@dataclass(frozen=True)
class Access:
    """One step of a register bus.

    Members:
        kind: "write"; "read", which compares what is read with ``value``; "wait" for all results;
            "interrupt", which compares the interrupt with ``value``.
        address: Byte address.
        value: Word to write or to find.
    """

    kind: str
    address: int = 0
    value: int = 0


@dataclass(frozen=True)
class Traffic:
    """Everything that a test bench does with a design.

    Members:
        channels: All channels.
        accesses: Steps on the AXI4-Lite port, if the design has one.
        stalls: Whether the design's channels may pause.
    """

    channels: Sequence[Channel]
    accesses: Sequence[Access] = ()
    stalls: bool = True


def packed(fields: Sequence[Field], values: Mapping[str, Any]) -> tuple[Words, Words]:
    """Payloads and their unknown bits; masked elements of masked arrays are unknown."""
    masks = {name: np.where(np.ma.getmaskarray(value), -1, 0) for name, value in values.items()}
    data = {name: np.ma.getdata(value) for name, value in values.items()}
    return pack(fields, data), pack(fields, masks)


def numbers(words: Words) -> list[int]:
    """Payloads as integers."""
    return [int.from_bytes(row.tobytes(), "little") for row in np.ascontiguousarray(words, "<u4")]
