"""A whole matrix product on the RTL of the dot engine, one value of Y after the other."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.payload import pack
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.golden.convert import split
from hbfp_hw.golden.gemm import check_operands
from hbfp_hw.rtl import DotEngine
from hbfp_hw.simulate.options import RunOptions
from hbfp_hw.simulate.replay import Replay, replay
from hbfp_hw.simulate.replay_files import Repeated


def gemm_on_dot_engine(
    x: NDArray[np.float32],
    w: NDArray[np.float32],
    c: NDArray[np.float32] | None = None,
    *,
    fmt_x: HBFPFormat,
    fmt_w: HBFPFormat | None = None,
    conversion: Conversion = Conversion(),
    pipeline: int = 1,
    options: RunOptions = RunOptions(),
) -> tuple[NDArray[np.float32], Replay]:
    """Compute Y = C + X·W by generated Verilog in a simulator, bit for bit as the golden model.

    The engine computes the values of Y in row-major order, each from its pairs of blocks along K in
    ascending order.

    Parameters:
        x, w, c, fmt_x, fmt_w: The same as for :func:`hbfp_hw.golden.gemm`.
        conversion: Conversion of X and W to blocks.
        pipeline: Register stages of the engine's dot product.
        options: Options of the run; stall patterns are of ``i_a``, ``i_b``, ``i_marker``, ``o``.

    Returns:
        The product, and the replay with its cycles.
    """
    check_operands(x, w, c)
    engine = DotEngine(
        fmt_x,
        fmt_w,
        rounding=conversion.rounding,
        random_bits=conversion.random_bits,
        pipeline=pipeline,
    )
    design = cached_design(engine)
    rows, columns = x.shape[0], w.shape[1]
    blocks = -(-x.shape[1] // fmt_x.block_size)

    def operand(name: str, lines: NDArray[np.float32], operand_seed: int) -> NDArray[np.uint32]:
        """Return the payloads of all blocks of an operand, line by line."""
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
                operand("i_a", x, conversion.seed),
                np.broadcast_to(row * blocks + block, shape).ravel(),
            ),
            "i_b": Repeated(
                operand("i_b", np.ascontiguousarray(w.T), conversion.for_w().seed),
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
        options,
    )
    return run.outputs["o"].view(np.float32).reshape(rows, columns), run


def _pack(description: DesignDescription, stream: str, **values: Any) -> NDArray[np.uint32]:
    """Pack the payloads of one stream; ``values`` that its description lacks are ignored."""
    fields = description.streams[stream].fields
    return pack(fields, {field["name"]: values[field["name"]] for field in fields})
