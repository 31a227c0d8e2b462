"""Constants of IEEE 754 binary32 (FP32) numbers."""

SIGNIFICAND_BITS = 24
"""Bits of a significand with its leading one, which the pattern of a number leaves out."""
BIAS = 127
"""Exponent field of a number in [1, 2)."""
LOWEST_EXPONENT = -149
"""Exponent of the smallest positive number."""
INFINITE_FIELD = 255
"""Exponent field of infinities and NaNs; a number that would have it or more overflows."""
SHARED_EXPONENT_OFFSET = BIAS - 1
"""Exponent field of a number minus the shared exponent of a block whose largest value it is."""
MINUS_ZERO = 0x80000000
"""Pattern of -0, which added to a number leaves it unchanged."""
