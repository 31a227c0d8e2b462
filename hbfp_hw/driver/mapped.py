"""Transport to a core whose registers are mapped into the memory of this processor."""

import mmap
import os
import time
from collections.abc import Callable
from pathlib import Path

from hbfp_hw.core.registers import ADDRESS_BITS, WORD_BYTES

POLL_SECONDS = 1e-4


class MappedCore:
    """Core on an FPGA or a chip: a mapped file has its registers, functions move its packets.

    The file is a UIO device, or a memory device with the core's address as ``offset``. Every access
    is one 32-bit word in the byte order of the processor.

    Parameters:
        file: File to map.
        send: Queues a packet for a stream, as :meth:`~hbfp_hw.driver.Transport.send` does; it
            starts a DMA, for example.
        receive: Returns the next packet of Y, as :meth:`~hbfp_hw.driver.Transport.receive` does.
        offset: Offset of the registers in the file in bytes, a multiple of the page size.
        wait: Returns after an interrupt, a packet, or a short time. By default it sleeps for
            0.1 ms, so that the driver polls.
        stop: Stops the transfers and drops all packets.
        reset: Resets the core and its streams; without it, the driver's ``reset`` is an error.
        timeout: Longest time without a packet in seconds.

    Raises:
        OSError, ValueError: The file cannot be mapped.
    """

    def __init__(
        self,
        file: str | Path,
        send: Callable[[str, bytes], None],
        receive: Callable[[int], bytes | None],
        *,
        offset: int = 0,
        wait: Callable[[], None] = lambda: time.sleep(POLL_SECONDS),
        stop: Callable[[], None] = lambda: None,
        reset: Callable[[], None] | None = None,
        timeout: float = 10.0,
    ):
        descriptor = os.open(file, os.O_RDWR | os.O_SYNC)
        try:
            self._memory = mmap.mmap(descriptor, 1 << ADDRESS_BITS, offset=offset)
        finally:
            os.close(descriptor)
        # A device must be accessed in whole words, which this cast ensures.
        self._words = memoryview(self._memory).cast("I")
        self._send, self._receive = send, receive
        self._wait, self._stop, self._reset = wait, stop, reset
        self._timeout = timeout
        self._last_packet = time.monotonic()

    async def read(self, address: int) -> int:
        return self._words[address // WORD_BYTES]

    async def write(self, address: int, word: int) -> None:
        self._words[address // WORD_BYTES] = word

    async def send(self, stream: str, packet: bytes) -> None:
        self._last_packet = time.monotonic()
        self._send(stream, packet)

    async def receive(self, size: int) -> bytes | None:
        packet = self._receive(size)
        if packet is not None:
            self._last_packet = time.monotonic()
        return packet

    async def wait(self) -> None:
        if time.monotonic() - self._last_packet > self._timeout:
            raise TimeoutError(f"Core gave no packet in {self._timeout:g} s")
        self._wait()

    async def discard(self) -> None:
        self._stop()

    async def reset(self) -> None:
        if self._reset is None:
            raise ValueError("Reset must be given to reset the core, not None")
        self._reset()

    def close(self) -> None:
        """Unmap the registers."""
        self._words.release()
        self._memory.close()
