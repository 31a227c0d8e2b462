"""Speed of the cycle model of a 16x16 array, in array cycles per second.

Each product is computed in two ways: timing alone, and timing with values. Products are
1024 x K x 1024, with one chunk of K or several.
"""

import time
from collections.abc import Callable

import numpy as np
from rows import Row, print_rows

from hbfp_hw.cycles import simulate, simulate_timing
from hbfp_hw.engine import Engine, Variant

SIZE = 1024
REPEATS = 20
"""Calls of each kind; there are many, because the fastest takes only a few milliseconds."""
TARGET = 10.0  # millions of array cycles per second


def best_of(call: Callable[[], object]) -> float:
    """Return the shortest time of several calls, in seconds."""
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


def measure_product(wide: bool, length: int) -> list[Row]:
    """Return the figures of one product.

    Parameters:
        wide: Whether both operands are wide.
        length: Inner dimension K.
    """
    engine = Engine(Variant.MIXED, 16, 16, 16)
    rng = np.random.default_rng(1)
    x, w = (
        rng.standard_normal(shape).astype(np.float32) for shape in ((SIZE, length), (length, SIZE))
    )
    schedule = engine.schedule(SIZE, length, SIZE)
    given = {"wide_x": wide, "wide_w": wide}
    cycles = simulate_timing(schedule, **given).cycles
    calls = {
        "timing alone": lambda: simulate_timing(schedule, **given),
        "with values": lambda: simulate(x, w, engine=engine, **given),
    }
    name = f"cycle model 16x16 N=16, {'6x6' if wide else '4x4'} bits, K={length}"
    return [
        Row(f"{name}, {what}", cycles / best_of(call) / 1e6, TARGET, False, "M cycles/s")
        for what, call in calls.items()
    ]


def measure() -> list[Row]:
    """Return the figures of both modes, with one chunk of K and with four."""
    return [
        row
        for wide in (False, True)
        for length in (512, 2048)
        for row in measure_product(wide, length)
    ]


if __name__ == "__main__":
    print_rows(measure())
