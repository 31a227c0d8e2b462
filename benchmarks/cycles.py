"""Speed of the cycle model on a 16x16 array: timing alone, and with the values.

Prints a table for people and one JSON object as the last line. The ratio compares one run with
itself: cycles simulated per second with values over NumPy's own float32 product of the same
matrices, which carries neither cycles nor formats.
"""

import json
import time

import numpy as np

from hbfp_hw.cycles import simulate, simulate_timing
from hbfp_hw.engine import Engine, Variant

SIZE = 1024
REPEATS = 5


def best_of(call):
    """Shortest time of several calls, in seconds."""
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


def measure(wide: bool, length: int) -> dict:
    """Figures of one product, with K of one chunk or of several."""
    engine = Engine(Variant.MIXED, 16, 16, 16)
    rng = np.random.default_rng(1)
    x, w = (
        rng.standard_normal(shape).astype(np.float32) for shape in ((SIZE, length), (length, SIZE))
    )
    schedule = engine.schedule(SIZE, length, SIZE)
    given = {"wide_x": wide, "wide_w": wide}
    cycles = simulate_timing(schedule, **given).cycles
    timing = best_of(lambda: simulate_timing(schedule, **given))
    values = best_of(lambda: simulate(x, w, engine=engine, **given))
    matmul = best_of(lambda: x @ w)
    return {
        "mode": "6x6" if wide else "4x4",
        "K": length,
        "cycles": cycles,
        "timing_cycles_per_second": cycles / timing,
        "cycles_per_second": cycles / values,
        "seconds_over_matmul": values / matmul,
    }


def main() -> None:
    """Measure, print the table and the JSON line."""
    results = [measure(wide, length) for wide in (False, True) for length in (512, 2048)]
    print(f"{'mode':6}{'K':>6}{'cycles':>12}{'timing, M/s':>14}{'with values':>14}{'x matmul':>10}")
    for row in results:
        print(
            f"{row['mode']:6}{row['K']:6}{row['cycles']:12,}"
            f"{row['timing_cycles_per_second'] / 1e6:14.1f}{row['cycles_per_second'] / 1e6:14.2f}"
            f"{row['seconds_over_matmul']:10.1f}"
        )
    print(json.dumps({"benchmark": "cycles", "array": "16x16 N=16", "results": results}))


if __name__ == "__main__":
    main()
