"""Rows of a benchmark: measured figures beside their targets."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """Measured figure with its target.

    Members:
        name: Description of the figure.
        measured: The figure.
        asked: The target.
        at_most: True if the target is an upper limit, False if it is a lower one.
        unit: Unit of figure and target; ``x`` for a ratio.
    """

    name: str
    measured: float
    asked: float
    at_most: bool
    unit: str = "x"

    @property
    def holds(self) -> bool:
        """True if the figure meets the target."""
        if self.at_most:
            return self.measured <= self.asked
        return self.measured >= self.asked


def print_rows(rows: list[Row]) -> None:
    """Print a table of figures and targets."""
    if not rows:
        return
    width = max(len(row.name) for row in rows)
    print(f"{'':{width}}  {'measured':>12}  {'asked':>15}")
    for row in rows:
        asked = f"{'<=' if row.at_most else '>='} {row.asked:.5g}"
        verdict = "holds" if row.holds else "FAILS"
        print(f"{row.name:{width}}  {row.measured:12.5g}  {asked:>15}  {row.unit:12} {verdict}")
