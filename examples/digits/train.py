"""Train the digit classifier of this example and write its matrices as ``.npy`` files.

    python examples/digits/train.py [DIRECTORY]

The data are scikit-learn's 1797 handwritten digits (8x8 pixels). A multinomial linear classifier is
fitted to the first 1437 of them; the other 360 measure its accuracy. Pixels and labels are the same
in every byte on every machine. Weights and bias are the same up to the order of additions in BLAS:
the penalty makes the optimum unique, and Newton's method runs until it is reached.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

TRAIN_ROWS = 1437


def train() -> dict[str, np.ndarray]:
    """Return the arrays of the example by file name."""
    digits = load_digits()
    pixels = digits.data / digits.data.max()
    fit = LogisticRegression(solver="newton-cholesky", C=1.0, tol=1e-10)
    fit.fit(pixels[:TRAIN_ROWS], digits.target[:TRAIN_ROWS])
    # A constant added to all biases changes neither the penalty nor a prediction: remove it.
    intercept = fit.intercept_ - fit.intercept_.mean()
    bias = np.broadcast_to(intercept, (len(pixels), len(intercept)))
    return {
        "pixels": np.ascontiguousarray(pixels, dtype=np.float32),
        "weights": np.ascontiguousarray(fit.coef_.T, dtype=np.float32),
        "bias": np.ascontiguousarray(bias, dtype=np.float32),
        "labels": digits.target.astype(np.int64),
    }


def main() -> None:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, array in train().items():
        np.save(directory / f"{name}.npy", array)


if __name__ == "__main__":
    main()
