"""Channels of units (groups of ports with ``valid`` and ``ready``), and random items for them."""

import random
from dataclasses import dataclass
from typing import Protocol

from hbfp_hw.generation.description import DesignDescription

Item = dict[str, int]
"""Values of a channel's payload ports."""


@dataclass(frozen=True)
class Channel:
    """Names of the ports of one channel.

    Members:
        incoming: Whether the channel is an input of the unit.
        valid, ready: Ports of the handshake.
        payload: Ports that carry an item while ``valid`` is asserted.
    """

    incoming: bool
    valid: str
    ready: str
    payload: tuple[str, ...]


def channels(description: DesignDescription) -> dict[str, Channel]:
    """Return the channels of a unit by the common start of their ports' names.

    AXI channels are called like ``s_axil_aw`` or ``s_axis_x_t``; all others are streams.
    """
    names = {port.name: port.direction for port in description.ports}
    found = {}
    for valid in names:
        if valid.endswith("valid"):
            start = valid.removesuffix("valid")
            ready = f"{start}ready"
            payload = (name for name in names if name.startswith(start))
            found[start.rstrip("_")] = Channel(
                names[valid] == "in",
                valid,
                ready,
                tuple(name for name in payload if name not in (valid, ready)),
            )
    return found


class ItemSource(Protocol):
    """Source of items for the input channels of a unit."""

    def reset(self) -> None:
        """Start again, as the unit is reset."""

    def item(self, channel: str) -> Item | None:
        """Return the next item of a channel, or None while it has no item."""


class RandomItems:
    """Endless random payloads for the streams of a unit.

    Parameters:
        description: Description of the unit.
        generator: Random numbers.
    """

    def __init__(self, description: DesignDescription, generator: random.Random):
        self._streams, self._generator = description.streams, generator

    def reset(self) -> None:
        """Do nothing: random items have no state."""

    def item(self, channel: str) -> Item:
        """Return random fields; sizes of products are small."""
        payload = 0
        for field in self._streams[channel].fields:
            for element in range(field["count"]):
                value = self._generator.getrandbits(field["width"])
                if field["width"] == 32:
                    value = random_number(self._generator)
                elif field["name"] in ("rows", "columns", "blocks"):
                    value = self._generator.choice((0, 1, 1, 2, 3, 5))
                payload |= value << field["offset"] + element * field["width"]
        return {f"{channel}__payload": payload}


def random_number(generator: random.Random) -> int:
    """Return the bits of a random FP32 number, mostly near 1."""
    value = generator.getrandbits(32)
    if generator.random() < 0.9:
        value = value & 0x807FFFFF | generator.randrange(120, 134) << 23
    return value
