"""A whole matrix product on the RTL of the GEMM engine."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.engine import Engine
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.payload import pack
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.golden.convert import split
from hbfp_hw.golden.gemm import check_operands
from hbfp_hw.rtl.gemm import GEMM
from hbfp_hw.simulate.options import RunOptions
from hbfp_hw.simulate.replay import Replay, replay
from hbfp_hw.simulate.replay_files import Looped, Repeated


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
    conversion: Conversion = Conversion(),
    options: RunOptions = RunOptions(),
) -> tuple[NDArray[np.float32], Replay]:
    """Compute Y = C + X·W by the engine's Verilog in a simulator, bit for bit as the golden model.

    Parameters:
        x, w, c: The same as for :func:`hbfp_hw.golden.gemm`.
        engine: Sizes of the engine.
        wide_x, wide_w: Whether the operands have 6-bit mantissas, else 4-bit ones.
        conversion: Conversion of X and W to blocks.
        options: Options of the run, with stall patterns by the names of the engine's streams.

    Returns:
        The product, and the replay with its cycles.

    Raises:
        TypeError: An operand is not a float32 array.
        ValueError: The shapes do not fit, or are beyond the engine's counters.
    """
    check_operands(x, w, c)
    size = engine.block_size
    schedule = engine.schedule(x.shape[0], x.shape[1], w.shape[1])
    design = _design(engine, conversion.random_bits)
    descriptor = schedule.descriptor(
        wide_x=wide_x,
        wide_w=wide_w,
        rounding=conversion.rounding,
        seed=conversion.seed,
        accumulate=c is not None,
    )
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
        options,
    )
    tiles = run.outputs["o"][-results:, : engine.columns].view(np.float32)
    return schedule.from_tiles(tiles), run
