"""Channels of units, which are ports with valid and ready, and random items for them."""

import random
from dataclasses import dataclass
from typing import Protocol

from hbfp_hw.generation.description import DesignDescription

Item = dict[str, int]
"""Values of the ports that a channel has besides valid and ready."""


@dataclass(frozen=True)
class Channel:
    """Some ports of a unit, by their names.

    Members:
        incoming: Whether the unit takes what the channel brings, not gives it.
        valid, ready: The handshake.
        payload: What counts while it is valid.
    """

    incoming: bool
    valid: str
    ready: str
    payload: tuple[str, ...]


def channels(description: DesignDescription) -> dict[str, Channel]:
    """The channels of a unit by what the names of their ports begin with.

    Those of AXI are ``s_axil_aw`` or ``s_axis_x_t``, all others are the streams.
    """
    names = {port.name: port.direction for port in description.ports}
    found = {}
    for valid in names:
        if valid.endswith("valid"):
            start = valid.removesuffix("valid")
            ready = f"{start}ready"
            payload = (name for name in names if name.startswith(start))
            found[start.rstrip("_")] = Channel(
                *(names[valid] == "in", valid, ready),
                tuple(name for name in payload if name not in (valid, ready)),
            )
    return found


class Source(Protocol):
    """What the incoming channels of a unit bring."""

    def reset(self) -> None:
        """The unit is reset in mid work."""

    def item(self, channel: str) -> Item | None:
        """The next item of a channel, if there is one."""


class RandomItems:
    """Random payloads for the streams of a unit, without end.

    Parameters:
        description: Of the unit.
        generator: Where all is drawn from.
    """

    def __init__(self, description: DesignDescription, generator: random.Random):
        self._streams, self._generator = description.streams, generator

    def reset(self) -> None:
        pass

    def item(self, channel: str) -> Item:
        """Random fields, in which sizes of products are small."""
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
    """Bits of a random FP32 number, mostly near 1."""
    value = generator.getrandbits(32)
    if generator.random() < 0.9:
        value = value & 0x807FFFFF | generator.randrange(120, 134) << 23
    return value
