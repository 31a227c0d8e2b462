"""The golden model: the arithmetic of the hardware in NumPy and compiled code, bit for bit.

The modules follow the data path: convert, dot, fp32, accumulate, mac, gemm; then the baselines
fp32_mac, bf16_mac and int8_mac.
"""

from hbfp_hw.golden.accumulate import accumulate
from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.golden.convert import convert
from hbfp_hw.golden.dot import DotProduct, dot
from hbfp_hw.golden.gemm import gemm, multiply
from hbfp_hw.golden.mac import multiply_add

__all__ = [
    "Blocks",
    "Conversion",
    "DotProduct",
    "accumulate",
    "convert",
    "dot",
    "gemm",
    "multiply",
    "multiply_add",
]
