"""A whole matrix product on the RTL of the GEMM engine."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.engine import Engine
from hbfp_hw.format import RANDOM_BITS, Rounding, rounding_code
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.payload import pack
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.golden.convert import split
from hbfp_hw.golden.gemm import check_operands
from hbfp_hw.rtl.gemm import GEMM
from hbfp_hw.simulate.replay import Replay, replay
from hbfp_hw.simulate.replay_job import Looped, Repeated


@lru_cache(16)
def _design(engine: Engine, random_bits: int) -> Design:
    return cached_design(GEMM(engine, random_bits=random_bits))


def gemm_on_array(
    x: NDArray[np.float32],
    w: NDArray[np.float32],
    c: NDArray[np.float32] | None = None,
    *,
    engine: Engine,
    wide_x: bool,
    wide_w: bool,
    rounding: Rounding = Rounding.NEAREST,
    seed: int = 0,
    random_bits: int = RANDOM_BITS,
    simulator: str = "verilator",
    stalls: dict[str, NDArray[np.bool_]] | None = None,
    timeout: float = 3600.0,
    progress: Callable[[int, int], None] | None = None,
    waves: Path | None = None,
) -> tuple[NDArray[np.float32], Replay]:
    """Y = C + X·W by the engine's Verilog in a simulator, with the bits of the golden model.

    Parameters:
        x, w, c, rounding, seed, random_bits: As for :func:`hbfp_hw.golden.gemm`.
        engine: Sizes of the engine.
        wide_x, wide_w: Whether the operands have 6-bit mantissas, else 4-bit ones.
        simulator, stalls, timeout, progress, waves: As for :func:`~hbfp_hw.simulate.replay`.

    Returns:
        The product, and the replay with its cycles.

    Raises:
        TypeError: An operand is not a float32 array, or a number is of the wrong kind.
        ValueError: The shapes do not fit, or are beyond the engine's counters, or a number is out
            of range.
    """
    check_operands(x, w, c)
    rounding = Conversion(rounding, seed, random_bits).rounding
    size = engine.block_size
    schedule = engine.schedule(x.shape[0], x.shape[1], w.shape[1])
    design = _design(engine, random_bits)
    descriptor = {
        "seed": seed,
        "rows": schedule.rows,
        "columns": schedule.columns,
        "blocks": schedule.blocks,
        "chunk": schedule.chunk,
        "lanes": x.shape[1] - (schedule.blocks - 1) * size,
        "rounding": rounding_code(rounding),
        "wide_x": wide_x,
        "wide_w": wide_w,
        "accumulate": c is not None,
    }
    fields = design.description.streams["i_descriptor"].fields
    results = len(schedule.result_rows()[0])
    chunks = len(schedule.chunks)

    def blocks(lines: NDArray[np.float32]) -> NDArray[np.uint32]:
        return split(lines, size).reshape(-1, size).view(np.uint32)

    if c is None:
        start = np.zeros((0, engine.columns), np.uint32)
    else:
        start = schedule.to_tiles(c).view(np.uint32)
    run = replay(
        design,
        {
            "i_descriptor": pack(fields, {name: [value] for name, value in descriptor.items()}),
            "i_x": Repeated(blocks(x), schedule.x_order()),
            "i_w": Repeated(blocks(np.ascontiguousarray(w.T)), schedule.w_order()),
            "i_c": Looped(start, "o", len(start) + (chunks - 1) * results),
        },
        {"o": chunks * results, "o_status": 1},
        simulator=simulator,
        stalls=stalls,
        timeout=timeout,
        progress=progress,
        waves=waves,
    )
    tiles = run.outputs["o"][-results:, : engine.columns].view(np.float32)
    return schedule.from_tiles(tiles), run
