"""A core in memory: on an FPGA or a chip, beside the processor that runs this."""

import mmap
import os
import time
from collections.abc import Callable
from pathlib import Path

from hbfp_hw.core.registers import ADDRESS_BITS, WORD_BYTES

POLL_SECONDS = 1e-4


class MappedCore:
    """Registers in a file that can be mapped, streams by functions of one's own.

    The file may be a UIO device, or a memory device with the core's address as ``offset``. Words
    are read and written whole, in the byte order of the processor.

    Parameters:
        file: The file.
        send, receive: As of :class:`~hbfp_hw.driver.Transport`; they move packets, as a DMA does.
        offset: Of the registers in the file, a multiple of a page.
        wait: Returns when an interrupt or a packet has come, or after a while; by default the
            driver polls.
        stop: Stops what sends and receives, and drops all packets.
        reset: Resets core and streams.
        timeout: Seconds that the core may go without a packet.

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
        # Accesses of exactly a word: the memory is a device.
        self._words = memoryview(self._memory).cast("I")
        self._send, self._receive = send, receive
        self._wait, self._stop, self._reset = wait, stop, reset
        self._timeout = timeout
        self._last = time.monotonic()

    async def read(self, address: int) -> int:
        return self._words[address // WORD_BYTES]

    async def write(self, address: int, word: int) -> None:
        self._words[address // WORD_BYTES] = word

    async def send(self, stream: str, packet: bytes) -> None:
        self._last = time.monotonic()
        self._send(stream, packet)

    async def receive(self, size: int) -> bytes | None:
        packet = self._receive(size)
        if packet is not None:
            self._last = time.monotonic()
        return packet

    async def wait(self) -> None:
        if time.monotonic() - self._last > self._timeout:
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
