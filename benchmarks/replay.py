"""Speed of a replay: cycles per second on Verilator over those on Icarus.

The dot engine computes products of random matrices. The times include reading operands and writing
results, but not the build.
"""

import numpy as np
from rows import Row, print_rows

from hbfp_hw import HBFPFormat
from hbfp_hw.simulate import RunOptions, gemm_on_dot_engine

FORMATS = [(4, 16), (4, 64), (8, 64)]  # mantissa bits, block size
ROWS = {"verilator": 2000, "icarus": 100}
LENGTH, COLUMNS = 64, 10
TARGET = 100.0


def cycles_per_second(fmt: HBFPFormat, simulator: str) -> float:
    """Return the cycles per second of one product on the dot engine."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((ROWS[simulator], LENGTH), np.float32)
    w = rng.standard_normal((LENGTH, COLUMNS), np.float32)
    _, run = gemm_on_dot_engine(x, w, fmt_x=fmt, options=RunOptions(simulator))
    return run.cycles / run.seconds


def measure() -> list[Row]:
    """Return the ratio in each format."""
    rows = []
    for mantissa_bits, block_size in FORMATS:
        fmt = HBFPFormat(mantissa_bits, block_size)
        verilator, icarus = (cycles_per_second(fmt, simulator) for simulator in ROWS)
        name = f"dot engine HBFP{mantissa_bits} N={block_size}, Verilator over Icarus"
        rows.append(Row(name, verilator / icarus, TARGET, False))
    return rows


if __name__ == "__main__":
    print_rows(measure())
