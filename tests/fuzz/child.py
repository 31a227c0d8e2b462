"""Child process of the fuzzer: ``PART SEED FIRST LAST FILE``; the report goes to standard output.

The number of the call in work is in the file, for the parent to read after a crash.
"""

import faulthandler
import json
import mmap
import os
import signal
import sys
from collections import Counter

import numpy as np

from tests.fuzz.case import Case, trouble
from tests.fuzz.golden_calls import GOLDEN

DIGITS = 12


def draw(part: str, seed: int, number: int) -> Case:
    """The call of a number, which depends on nothing but the seed and it."""
    kinds = {}
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
        # Memory that is shared with the file: it outlives a crash, and takes no call to write.
        with mmap.mmap(file.fileno(), DIGITS) as current:
            for number in range(first, last):
                current[:] = str(number).rjust(DIGITS).encode()
                if str(number) == os.environ.get("HBFP_FUZZ_CRASH"):  # to see that it is reported
                    os.kill(os.getpid(), signal.SIGSEGV)
                case = draw(part, seed, number)
                end, wrong = trouble(case)
                ends[f"{case.kind}: {end}"] += 1
                tags.update(f"{case.kind}: {tag}" for tag in case.tags)
                if wrong:
                    failures.append(f"call {number} of seed {seed}, {case}: {wrong}")
    print(json.dumps([ends, tags, failures]))


if __name__ == "__main__":
    main()
