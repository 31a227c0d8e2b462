"""Child process of the fuzzer, with the arguments ``PART SEED FIRST LAST FILE``.

It prints its report as JSON. FILE always holds the number of the current call, which the parent
reads after a crash.
"""

import faulthandler
import json
import mmap
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable

import numpy as np

from tests.fuzz.case import Case, check
from tests.fuzz.golden_calls import GOLDEN

DIGITS = 12


def draw(part: str, seed: int, number: int) -> Case:
    """Draw the call of a number, which depends on nothing but seed and number."""
    kinds: dict[str, Callable[[np.random.Generator], Case]] = {}
    if part in ("golden", "all"):
        kinds |= GOLDEN
    if part in ("torch", "all"):
        from tests.fuzz.torch_calls import TORCH  # takes seconds to import

        kinds |= TORCH
    return list(kinds.values())[number % len(kinds)](np.random.default_rng([seed, number]))


def main() -> None:
    part, *numbers, place = sys.argv[1:]
    seed, first, last = map(int, numbers)
    faulthandler.enable()
    ends: Counter[str] = Counter()
    tags: Counter[str] = Counter()
    failures = []
    with open(place, "w+b") as file:
        file.write(b" " * DIGITS)
        file.flush()
        # A mapped file survives a crash and needs no system call for each write.
        with mmap.mmap(file.fileno(), DIGITS) as current:
            for number in range(first, last):
                current[:] = str(number).rjust(DIGITS).encode()
                if str(number) == os.environ.get("HBFP_FUZZ_CRASH"):  # for a test of the report
                    os.kill(os.getpid(), signal.SIGSEGV)
                case = draw(part, seed, number)
                end, failure = check(case)
                ends[f"{case.kind}: {end}"] += 1
                tags.update(f"{case.kind}: {tag}" for tag in case.tags)
                if failure:
                    failures.append(f"call {number} of seed {seed}, {case}: {failure}")
    print(json.dumps([ends, tags, failures]))


if __name__ == "__main__":
    main()
