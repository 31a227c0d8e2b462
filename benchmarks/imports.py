"""Start-up time of the package and of the command line, over that of ``import numpy``.

The shortest of several processes counts. The programs take turns, so that a slow moment of the
machine does not hit only one of them.
"""

import subprocess
import sys
import time

from rows import Row, print_rows

REPEATS = 20
NUMPY = ("-c", "import numpy")
PROGRAMS = {
    "import hbfp_hw": (("-c", "import hbfp_hw"), 1.8),
    "hbfp --help": (("-m", "hbfp_hw", "--help"), 2.5),
}
"""Arguments of Python, and the target of the ratio, by name of the figure."""


def seconds(arguments: tuple[str, ...]) -> float:
    """Run Python with these arguments and return the seconds that it takes."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def measure() -> list[Row]:
    """Return a row for each program."""
    rounds = [
        [seconds(NUMPY), *(seconds(arguments) for arguments, _ in PROGRAMS.values())]
        for _ in range(REPEATS)
    ]
    numpy, *best = (min(times) for times in zip(*rounds, strict=True))
    return [
        Row(f"{name}, whole process, over import numpy", time_ / numpy, asked, True)
        for (name, (_, asked)), time_ in zip(PROGRAMS.items(), best, strict=True)
    ]


if __name__ == "__main__":
    print_rows(measure())
