"""Input stream of the engine: the cycles of its transfers."""

from hbfp_hw.cycles.stall_pattern import StallPattern


class InputStream:
    """Input stream whose sender offers its next item in the first free cycle after a transfer.

    An item once offered stays until the engine accepts it, even through stalled cycles.

    Members:
        pattern: Stall pattern of the sender.
        last_transfer: Cycle of the latest transfer; -1 before the first one.
    """

    def __init__(self, pattern: StallPattern):
        self.pattern = pattern
        self.last_transfer = -1

    def take(self, count: int, ready: int) -> tuple[int, int]:
        """Transfer ``count`` items; the engine asserts ``ready`` from cycle ``ready`` on.

        Returns:
            Cycles of the first and of the last transfer.
        """
        first = max(self.pattern.next_free(self.last_transfer + 1), ready)
        self.last_transfer = self.pattern.after(first, count - 1)
        return first, self.last_transfer

    def take_returned(
        self, results: StallPattern, first: int, count: int, ready: int
    ) -> tuple[int, int]:
        """Transfer ``count`` items that the result stream returns to this one.

        Parameters:
            results: Stall pattern of the result stream.
            first: Cycle of the first transfer on the result stream. The sender can offer an item
                here from the cycle after its transfer there.
            count: Number of items.
            ready: Cycle from which the engine asserts ``ready``.

        Returns:
            Cycles of the first and of the last transfer.
        """
        if not results.stalls and not self.pattern.stalls:
            return self.take(count, max(ready, first + 1))
        transfers = []
        for number in range(count):
            available = max(self.last_transfer + 1, results.after(first, number) + 1)
            self.last_transfer = max(self.pattern.next_free(available), ready)
            transfers.append(self.last_transfer)
        return transfers[0], transfers[-1]
