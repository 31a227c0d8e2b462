"""The lock files agree with the requirements in pyproject.toml."""

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
UNLOCKED = {"torch"}
"""Packages without a locked build; pyproject.toml pins their versions."""


def locked(kind: str) -> dict[str, list[Requirement]]:
    """Return the pins of a lock file by name, one per range of Python versions."""
    pins: dict[str, list[Requirement]] = {}
    for line in (ROOT / "requirements" / f"{kind}.txt").read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            pin = Requirement(line.removesuffix("\\"))
            pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


def required(extra: str | None) -> list[Requirement]:
    """Return the requirements of the package, an extra, and the extras that this one names."""
    found = [Requirement(text) for text in PROJECT["dependencies"]]
    extras = [] if extra is None else [extra]
    for name in extras:
        for text in PROJECT["optional-dependencies"][name]:
            requirement = Requirement(text)
            if requirement.name == PROJECT["name"]:
                extras += sorted(requirement.extras)
            else:
                found.append(requirement)
    return found


@pytest.mark.parametrize(("kind", "extra"), [("base", None), ("dev", "dev")])
def test_each_requirement_is_locked_to_a_version_that_it_allows(
    kind: str, extra: str | None
) -> None:
    pins, requirements = locked(kind), required(extra)
    assert len(requirements) > 9
    for requirement in requirements:
        if requirement.name in UNLOCKED:
            assert canonicalize_name(requirement.name) not in pins
            continue
        for pin in pins[canonicalize_name(requirement.name)]:
            (version,) = pin.specifier
            assert version.operator == "=="
            assert requirement.specifier.contains(version.version), (requirement, pin)


def test_files_of_the_standard_cells_have_the_version_of_the_extra() -> None:
    (wanted,) = PROJECT["optional-dependencies"]["cells"]
    assert [str(pin) for pins in locked("cells").values() for pin in pins] == [wanted]


@pytest.mark.parametrize("kind", ["base", "cells", "dev"])
def test_every_pin_has_hashes(kind: str) -> None:
    lines = (ROOT / "requirements" / f"{kind}.txt").read_text().splitlines()
    after_pins = [after for pin, after in pairwise(lines) if pin and pin[0] not in " #"]
    assert len(after_pins) == sum(map(len, locked(kind).values()))
    assert all(line.startswith("    --hash=sha256:") for line in after_pins)


def test_both_locks_have_the_same_versions() -> None:
    base, dev = locked("base"), locked("dev")
    assert {name: dev[name] for name in base} == base


def test_the_one_package_without_a_hash_has_an_exact_version() -> None:
    exact = {
        requirement.name: str(requirement.specifier)
        for requirement in required("dev")
        if requirement.name in UNLOCKED and str(requirement.specifier).startswith("==")
    }
    assert exact.keys() == UNLOCKED
