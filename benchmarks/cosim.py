"""Speed of the co-simulation and of a product on the RTL, without their builds.

Times are wall-clock times of the whole run: random vectors, golden model, design, comparison and
start of the processes. They depend on the machine and its load; the best run counts.
"""

import numpy as np
from rows import Row, print_rows

from hbfp_hw import HBFPFormat
from hbfp_hw.cosim import cosim
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.verilog import generate
from hbfp_hw.rtl import Dot
from hbfp_hw.simulate import gemm_on_array

REPEATS = 3
DOT_VECTORS, ARRAY_VECTORS = 10_000_000, 50_000
SIZE = 256


def measure_cosim(design: Design, vectors: int) -> tuple[float, float]:
    """Return the vectors and the cycles per second of the best run."""
    runs = [cosim(design, vectors, seed=seed) for seed in range(REPEATS)]
    assert not any(run.mismatches for run in runs)
    best = min(runs, key=lambda run: run.seconds)
    return best.vectors / best.seconds, best.cycles / best.seconds


def measure_product(wide: bool) -> float:
    """Return the seconds of the best product on a 4 x 4 array with 64 lanes per cell.

    Parameters:
        wide: Whether both operands are wide.
    """
    engine = Engine(Variant.MIXED, 4, 4, 64)
    x, w = np.random.default_rng(1).standard_normal((2, SIZE, SIZE), np.float32)
    runs = [gemm_on_array(x, w, engine=engine, wide_x=wide, wide_w=wide)[1] for _ in range(REPEATS)]
    return min(run.seconds for run in runs)


def measure() -> list[Row]:
    """Return all figures."""
    dots, _ = measure_cosim(generate(Dot(HBFPFormat(8, 32))), DOT_VECTORS)
    _, cycles = measure_cosim(generate(CATALOG["array_8x8_mixed_n16"]()), ARRAY_VECTORS)
    return [
        Row("cosim of dot, 32 lanes of 8 bits", dots, 1e6, False, "dots/s"),
        Row("cosim of the 8x8 mixed array, N=16", cycles, 30e3, False, "cycles/s"),
        *(
            Row(
                f"{SIZE}^3 on the RTL, 4x4 mixed, N=64, {mode}",
                measure_product(wide),
                20.0,
                at_most=True,
                unit="s",
            )
            for wide, mode in ((False, "4x4 bits"), (True, "6x6 bits"))
        ),
    ]


if __name__ == "__main__":
    print_rows(measure())
