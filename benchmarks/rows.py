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


def print_rows(rows: list[Row]) -> None:
    """Print the figures as a table."""
    if not rows:
        return
    width = max(len(row.name) for row in rows)
    print(f"{'':{width}}  {'measured':>12}  {'asked':>15}")
    for row in rows:
        asked = f"{'<=' if row.at_most else '>='} {row.asked:.5g}"
        verdict = "holds" if row.holds else "FAILS"
        print(f"{row.name:{width}}  {row.measured:12.5g}  {asked:>15}  {row.unit:12} {verdict}")
