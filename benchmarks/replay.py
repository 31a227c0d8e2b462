"""Speed of the replay harness: cycles per second on Verilator and on Icarus, and their ratio.

    python benchmarks/replay.py

Runs products of random matrices on the dot engine. The time is that of the simulation with the
reading and writing of operands, without the build. A table goes to standard error, JSON to
standard output. Seconds depend on the machine and its load; ratios far less.
"""

import json
import sys

import numpy as np

from hbfp_hw import HBFPFormat
from hbfp_hw.simulate import versions
from hbfp_hw.simulate.gemm import gemm_on_dot_engine

FORMATS = [(4, 16), (4, 64), (8, 64)]  # mantissa bits, block size
ROWS = {"verilator": 2000, "icarus": 100}
LENGTH, COLUMNS = 64, 10


def measure(fmt: HBFPFormat, simulator: str) -> dict:
    """Run one product and return its cycles, seconds and cycles per second."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((ROWS[simulator], LENGTH), np.float32)
    w = rng.standard_normal((LENGTH, COLUMNS), np.float32)
    _, run = gemm_on_dot_engine(x, w, fmt_x=fmt, simulator=simulator)
    return {
        "cycles": run.cycles,
        "seconds": run.seconds,
        "cycles_per_second": run.cycles / run.seconds,
        "build_seconds": run.build_seconds,
    }


def main() -> None:
    results = []
    print(f"{'dot_engine':12}{'Verilator':>16}{'Icarus':>16}{'ratio':>8}", file=sys.stderr)
    for mantissa_bits, block_size in FORMATS:
        fmt = HBFPFormat(mantissa_bits, block_size)
        runs = {simulator: measure(fmt, simulator) for simulator in ROWS}
        speeds = {simulator: run["cycles_per_second"] for simulator, run in runs.items()}
        ratio = speeds["verilator"] / speeds["icarus"]
        name = f"HBFP{mantissa_bits} N={block_size}"
        results.append({"name": name, "verilator_to_icarus": ratio, **runs})
        columns = "".join(f"{speed:>12,.0f} c/s" for speed in speeds.values())
        print(f"{name:12}{columns}{ratio:>8.0f}", file=sys.stderr)
    print(json.dumps({"benchmark": "replay", "tools": versions(), "results": results}))


if __name__ == "__main__":
    main()
