"""The two tiers of the tests: the quick suite and the full suite.

The marker ``full`` keeps a test out of the quick suite. ``full(but=[...])`` names parameter sets
that stay in it, ``full(only=[...])`` those that are kept out. A test of many samples uses the
fixture ``sample`` and tries fewer in the quick suite. The option ``--tier`` chooses the tests:

* ``quick``: tests without the marker, with few samples (``make test``);
* ``full``: all tests with all samples (``make verify``, and the default of a bare ``pytest``);
* ``rest``: all that the quick suite leaves out, which is the marked tests and those that sample
  (``make verify-rest``, which continuous integration runs after ``make test``).
"""

from enum import StrEnum
from typing import Protocol

import pytest

MARKER = "full"


class Tier(StrEnum):
    """Choice of the tests that run and of the number of samples."""

    QUICK = "quick"
    FULL = "full"
    REST = "rest"


class Sample(Protocol):
    """Function that chooses a number of samples by the tier."""

    def __call__(self, full: int, *, quick: int) -> int:
        """Return ``quick`` in the quick suite, otherwise ``full``."""


def add_options(parser: pytest.Parser) -> None:
    """Add the option that chooses the tier."""
    parser.addoption(
        "--tier",
        type=Tier,
        choices=list(Tier),
        default=Tier.FULL,
        help="quick: the quick suite, full: all tests, rest: full without quick (full)",
    )


def is_full(item: pytest.Item) -> bool:
    """Return whether the marker keeps a test out of the quick suite."""
    marker = item.get_closest_marker(MARKER)
    if marker is None:
        return False
    parameters = item.callspec.id if hasattr(item, "callspec") else ""
    if "only" in marker.kwargs:
        return parameters in marker.kwargs["only"]
    return parameters not in marker.kwargs.get("but", ())


def belongs(item: pytest.Item, tier: Tier) -> bool:
    """Return whether a test runs in a tier."""
    marked = is_full(item)
    match tier:
        case Tier.QUICK:
            return not marked
        case Tier.FULL:
            return True
        case Tier.REST:
            return marked or "sample" in getattr(item, "fixturenames", ())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that do not belong to the chosen tier."""
    tier = config.getoption("tier")
    chosen = [item for item in items if belongs(item, tier)]
    if len(chosen) < len(items):
        kept = set(chosen)
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = chosen


@pytest.fixture(scope="session")
def sample(request: pytest.FixtureRequest) -> Sample:
    """Return the function that chooses a number of samples: ``sample(700, quick=40)``."""
    in_quick_suite = request.config.getoption("tier") is Tier.QUICK

    def choose(full: int, *, quick: int) -> int:
        assert 0 < quick < full
        return quick if in_quick_suite else full

    return choose
