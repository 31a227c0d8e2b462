"""Transport protocol: the operations by which a driver reaches a core."""

from typing import Protocol


class TransportError(RuntimeError):
    """A register or a stream of the core violated its protocol."""


class Transport(Protocol):
    """Registers, streams, interrupt and reset of one core.

    The methods are coroutines, so that one driver serves two kinds of transports: those that yield
    to a simulator (under cocotb), and those that block (see :class:`~hbfp_hw.driver.Driver`).
    """

    async def read(self, address: int) -> int:
        """Return the word at a byte address of the register map.

        Raises:
            TransportError: The core answered with an error.
        """

    async def write(self, address: int, word: int) -> None:
        """Write a word to a byte address of the register map.

        Raises:
            TransportError: The core answered with an error.
        """

    async def send(self, stream: str, packet: bytes) -> None:
        """Queue a packet for an input stream, "x", "w" or "c", and return at once.

        Waiting until the core takes the packet could dead-lock, because the core may first need a
        packet of another stream. The transport asserts ``tkeep`` for all bytes of the packet and
        ``tlast`` on its last beat.
        """

    async def receive(self, size: int) -> bytes | None:
        """Return the next packet of Y with its padding, or None if none has arrived yet.

        Parameters:
            size: Expected bytes of the packet. A core that is halted may end it earlier.
        """

    async def wait(self) -> None:
        """Wait until a packet of Y arrives, the interrupt is asserted, or a short time has passed.

        Raises:
            RuntimeError, TimeoutError: Nothing has arrived within the transport's limit.
        """

    async def discard(self) -> None:
        """Drop all queued and received packets. The core is halted when this is called."""

    async def reset(self) -> None:
        """Reset the core and its streams, and drop all packets."""
