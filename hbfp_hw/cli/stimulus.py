"""Matrices of a stimulus: the user's, or normal ones."""

from collections.abc import Sequence
from pathlib import Path

from hbfp_hw.booster.recorded import Matrices
from hbfp_hw.cli.operands import load_operands
from hbfp_hw.cli.output import BadInput
from hbfp_hw.ppa.stimulus import check_matrices, normal_matrices


def stimulus_matrices(paths: Sequence[Path] | None, seed: int) -> Matrices:
    """Return the operands of ``--stimulus x.npy w.npy``, or normal ones without that option.

    Parameters:
        paths: Files of X and W; None for normal operands.
        seed: Seed of the normal operands.

    Raises:
        BadInput: A file is not a float32 matrix of finite numbers, or the shapes do not fit.
    """
    if paths is None:
        return normal_matrices(seed)
    x, w, _ = load_operands(paths[0], paths[1], None)
    try:
        check_matrices(x, w)
    except ValueError as error:
        raise BadInput(str(error)) from None
    return Matrices(x, w)
