"""Seeded Hypothesis tests that assert what their examples covered."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings

SEEDS = 10
"""Most seeds that a test tries."""


def run(check: Callable[[], None], all_seen: Callable[[], None]) -> None:
    """Check the examples of one seed after the other until ``all_seen`` raises no more.

    One seed is usually enough. However, the examples that Hypothesis draws depend on the modules
    that are loaded, and so on the tests that ran before.
    """
    for number in range(SEEDS):
        seed(number)(check)()
        try:
            all_seen()
            break
        except AssertionError:
            if number == SEEDS - 1:
                raise


def examples(number: int) -> settings:
    """Return settings for a number of examples for each seed."""
    return settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


class Seen(Counter[Any]):
    """Counts of the cases, and of the values of parameters, in the examples of a test."""

    def add(self, **values: object) -> None:
        """Count an example and the values of its parameters."""
        self["examples"] += 1
        self.update(values.items())

    def values_of(self, name: str) -> set[Any]:
        """Return the values that a parameter had."""
        return {key[1] for key in self if isinstance(key, tuple) and key[0] == name}
