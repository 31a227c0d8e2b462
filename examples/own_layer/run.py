"""One layer of your own network on golden model, cycle model and RTL, compared in every bit.

    python examples/own_layer/run.py [INPUTS.npy WEIGHTS.npy] [--mantissa-bits 4] [--block-size 16]

INPUTS is a matrix (samples, inputs) and WEIGHTS a matrix (inputs, outputs), of any float type. The
weight of PyTorch's ``nn.Linear`` is transposed: save ``layer.weight.detach().numpy().T``. Without
files, the layer is that of the digits example.
"""

import argparse
from pathlib import Path

import numpy as np

from hbfp_hw import HBFPFormat, gemm
from hbfp_hw.cycles import dot_engine_cycles
from hbfp_hw.simulate import gemm_on_dot_engine

DIGITS = Path(__file__).resolve().parents[1] / "digits"


def load(path: Path) -> np.ndarray:
    """Return a matrix as float32 in C order, as the hardware takes it."""
    return np.ascontiguousarray(np.load(path), np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description="a layer of your own network on the RTL")
    parser.add_argument("inputs", type=Path, nargs="?", default=DIGITS / "pixels.npy")
    parser.add_argument("weights", type=Path, nargs="?", default=DIGITS / "weights.npy")
    parser.add_argument("--mantissa-bits", type=int, default=4)
    parser.add_argument("--block-size", type=int, default=16)
    options = parser.parse_args()

    x, w = load(options.inputs), load(options.weights)
    fmt = HBFPFormat(options.mantissa_bits, options.block_size)
    golden = gemm(x, w, fmt_x=fmt)
    rtl, run = gemm_on_dot_engine(x, w, fmt_x=fmt)

    differing = np.count_nonzero(golden.view(np.uint32) != rtl.view(np.uint32))
    blocks = -(-x.shape[1] // fmt.block_size)
    cycles = dot_engine_cycles(x.shape[0], blocks, w.shape[1])
    exact = x.astype(np.float64) @ w
    error = np.sqrt(np.mean((rtl - exact) ** 2) / np.mean(exact**2))
    print(f"product           {x.shape[0]} x {x.shape[1]} x {w.shape[1]}, {fmt}")
    print(f"results of RTL    {rtl.size}, {differing} differ from the golden model")
    print(f"cycles of RTL     {run.cycles}, by the model {cycles}")
    print(f"error             {error:.2%} of the root mean square of the exact product")
    if differing or run.cycles != cycles:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
