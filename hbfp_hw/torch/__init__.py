"""PyTorch layers whose matrix products give the same bits as the hardware.

Forward products, input gradients and weight gradients have the bits of :func:`hbfp_hw.gemm`.
Everything else stays FP32. The package needs PyTorch: ``pip install 'hbfp_hw[torch]'``.
"""

try:
    import torch as _torch  # noqa: F401
except ModuleNotFoundError:
    raise ImportError("PyTorch must be installed: pip install 'hbfp_hw[torch]'") from None

from hbfp_hw.torch.convolution import HBFPConv1d, HBFPConv2d
from hbfp_hw.torch.finite import NotFiniteError, watch_finite
from hbfp_hw.torch.function import matmul
from hbfp_hw.torch.layers import HBFPLinear
from hbfp_hw.torch.model import convert_model, layer_names

__all__ = [
    "HBFPConv1d",
    "HBFPConv2d",
    "HBFPLinear",
    "NotFiniteError",
    "convert_model",
    "layer_names",
    "matmul",
    "watch_finite",
]
