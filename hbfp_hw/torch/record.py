"""Operands of the products of a layer, for those who study them."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from hbfp_hw.booster import Pass
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.torch.function import Arithmetic

Recorder = Callable[[Pass, Tensor, Tensor], None]
"""Gets the two operands of a product before they are converted, of shape (batch, M, K) and (batch,
P, K): blocks run along the last dimension of both."""

_UNPADDED = HBFPFormat(mantissa_bits=2, block_size=1)


@dataclass(frozen=True)
class Recording(Arithmetic):
    """Arithmetic that lets a recorder see its operands.

    Parameters:
        recorder: Sees them.
        converts: Whether operands are converted; else products are PyTorch's of FP32 matrices.
    """

    recorder: Recorder
    converts: bool

    @classmethod
    def of(cls, arithmetic: Arithmetic | None, recorder: Recorder) -> "Recording":
        """The same arithmetic, recorded; None is FP32."""
        if arithmetic is None:
            formats = dict.fromkeys(Pass, (_UNPADDED, _UNPADDED))
            return cls(formats, Rounding.NEAREST, dict.fromkeys(Pass, 0), recorder, False)
        return cls(arithmetic.formats, arithmetic.rounding, arithmetic.seeds, recorder, True)

    def product(self, which: Pass, x: Tensor, w: Tensor, *, columns_first: bool = False) -> Tensor:
        """One of the products, recorded."""
        length = min(x.shape[-1], w.shape[-2])  # one may be filled up to whole blocks
        self.recorder(which, x[..., :length], w[..., :length, :].mT)
        if self.converts:
            return super().product(which, x, w, columns_first=columns_first)
        return x[..., :length] @ w[..., :length, :]
