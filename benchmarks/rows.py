"""What a benchmark gives: a measured figure beside the one that is asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A measured figure.

    Members:
        name: What is measured.
        measured: The figure.
        asked: The target.
        at_most: Whether the figure must be at most the target, not at least.
        unit: Of both; ``x`` is a ratio.
    """

    name: str
    measured: float
    asked: float
    at_most: bool
    unit: str = "x"

    @property
    def holds(self) -> bool:
        """Whether the figure meets the target."""
        if self.at_most:
            return self.measured <= self.asked
        return self.measured >= self.asked
