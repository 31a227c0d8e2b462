"""A product between its start and its result."""

from hbfp_hw.driver.transfers import Matrix, ProductTransfers


class StartedProduct:
    """A product that the driver has started. The driver's ``finish`` returns its result.

    Members:
        received: Packets of Y received so far.
        total: Packets of Y that the product has in all.
        start_sent: Whether the driver has sent the packets of C.
    """

    def __init__(self, transfers: ProductTransfers):
        self._transfers = transfers
        self._last_chunk: list[bytes] = []
        self.start_sent = False
        self.received = 0
        self.total = transfers.returned + len(transfers.results)

    @property
    def start(self) -> list[bytes]:
        """Packets of start values."""
        return self._transfers.start

    @property
    def size(self) -> int:
        """Bytes of the next packet of Y."""
        return self._transfers.results[self.received % len(self._transfers.results)]

    @property
    def returns(self) -> bool:
        """True if the next packet of Y goes back to the core through C."""
        return self.received < self._transfers.returned

    @property
    def complete(self) -> bool:
        """True once all packets of Y have been received."""
        return self.received == self.total

    def take(self, packet: bytes) -> None:
        """Record the next packet of Y."""
        if not self.returns:
            self._last_chunk.append(packet)
        self.received += 1

    def result(self) -> Matrix:
        """Return Y of a complete product."""
        return self._transfers.result(self._last_chunk)
