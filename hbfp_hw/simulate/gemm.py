"""A whole matrix product on the RTL of the dot engine, one output after the other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import RANDOM_BITS, HBFPFormat, Rounding
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.payload import pack
from hbfp_hw.golden.conversion import Conversion, operand_w_seed
from hbfp_hw.golden.convert import split
from hbfp_hw.golden.gemm import check_operands
from hbfp_hw.rtl import DotEngine
from hbfp_hw.simulate.replay import Replay, replay
from hbfp_hw.simulate.replay_job import Repeated


def gemm_on_dot_engine(
    x: NDArray[np.float32],
    w: NDArray[np.float32],
    c: NDArray[np.float32] | None = None,
    *,
    fmt_x: HBFPFormat,
    fmt_w: HBFPFormat | None = None,
    rounding: Rounding = Rounding.NEAREST,
    seed: int = 0,
    random_bits: int = RANDOM_BITS,
    pipeline: int = 1,
    simulator: str = "verilator",
    stalls: dict[str, NDArray[np.bool_]] | None = None,
    timeout: float = 3600.0,
    progress: Callable[[int, int], None] | None = None,
    waves: Path | None = None,
) -> tuple[NDArray[np.float32], Replay]:
    """Y = C + X·W by generated Verilog in a simulator, with the bits of the golden model.

    The outputs are computed in C order, each from its pairs of blocks along K in ascending order.

    Parameters:
        x, w, c, fmt_x, fmt_w, rounding, seed, random_bits: As for :func:`hbfp_hw.golden.gemm`.
        pipeline: Register stages of the engine's dot product.
        simulator, stalls, timeout, progress, waves: As for :func:`~hbfp_hw.simulate.replay`.

    Returns:
        The product, and the replay with its cycles.
    """
    check_operands(x, w, c)
    rounding = Conversion(rounding, seed, random_bits).rounding
    engine = DotEngine(fmt_x, fmt_w, rounding=rounding, random_bits=random_bits, pipeline=pipeline)
    design = cached_design(engine)
    rows, columns = x.shape[0], w.shape[1]
    blocks = -(-x.shape[1] // fmt_x.block_size)

    def operand(name: str, lines: NDArray[np.float32], operand_seed: int) -> NDArray[np.uint32]:
        """Every block of an operand once, line by line."""
        values = split(lines, fmt_x.block_size).reshape(-1, fmt_x.block_size)
        numbers = np.arange(len(values), dtype=np.uint64)
        return _pack(
            design.description,
            name,
            values=values.view(np.uint32),
            seed=np.full(len(values), operand_seed),
            step=numbers,
        )

    row = np.arange(rows, dtype=np.uint32)[:, np.newaxis, np.newaxis]
    column = np.arange(columns, dtype=np.uint32)[np.newaxis, :, np.newaxis]
    block = np.arange(blocks, dtype=np.uint32)
    shape = (rows, columns, blocks)
    start = np.zeros((rows, columns), np.float32) if c is None else c
    run = replay(
        design,
        {
            "i_a": Repeated(
                operand("i_a", x, seed), np.broadcast_to(row * blocks + block, shape).ravel()
            ),
            "i_b": Repeated(
                operand("i_b", np.ascontiguousarray(w.T), operand_w_seed(seed)),
                np.broadcast_to(column * blocks + block, shape).ravel(),
            ),
            "i_marker": _pack(
                design.description,
                "i_marker",
                c=np.repeat(start.view(np.uint32), blocks),
                first=np.broadcast_to(block == 0, shape).ravel(),
                last=np.broadcast_to(block == blocks - 1, shape).ravel(),
            ),
        },
        {"o": rows * columns},
        simulator=simulator,
        stalls=stalls,
        timeout=timeout,
        progress=progress,
        waves=waves,
    )
    return run.outputs["o"].view(np.float32).reshape(rows, columns), run


def _pack(description: DesignDescription, stream: str, **values: Any) -> NDArray[np.uint32]:
    """Payloads of one stream from those of the values that it has."""
    fields = description.streams[stream].fields
    return pack(fields, {field["name"]: values[field["name"]] for field in fields})
