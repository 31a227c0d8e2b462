"""How a driver reaches a core: what every transport can do."""

from typing import Protocol


class TransportError(RuntimeError):
    """A register or a stream of the core did not answer as it must."""


class Transport(Protocol):
    """Registers, streams, interrupt and reset of one core.

    Methods are coroutines, so that one driver serves both transports that give way to a simulator
    around them and those that only return when they are done (see
    :class:`~hbfp_hw.driver.Driver`).
    """

    async def read(self, address: int) -> int:
        """The word of a register.

        Raises:
            TransportError: The core answered with an error.
        """

    async def write(self, address: int, word: int) -> None:
        """Write a register.

        Raises:
            TransportError: The core answered with an error.
        """

    async def send(self, stream: str, packet: bytes) -> None:
        """Queue a packet for an input stream, "x", "w" or "c".

        It must not wait until the core takes the packet: the core may first need a packet of
        another stream. ``tkeep`` is high on all bytes of the packet, ``tlast`` on its last beat.
        """

    async def receive(self, size: int) -> bytes | None:
        """The next packet of Y, padding and all, or None if it has not come yet.

        Parameters:
            size: Bytes that it will have, unless the core halts.
        """

    async def wait(self) -> None:
        """Wait for a packet of Y, the interrupt, or a while.

        Raises:
            RuntimeError, TimeoutError: Nothing has come for as long as the transport allows.
        """

    async def discard(self) -> None:
        """Send nothing more of what was queued, forget what was received; the core is halted."""

    async def reset(self) -> None:
        """Reset core and streams, and forget all packets."""
