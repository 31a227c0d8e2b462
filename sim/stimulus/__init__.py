"""Seeded stimulus with named corner classes, for the golden model and for the RTL.

All functions draw whole arrays from a ``numpy.random.Generator``. Most return their values together
with an array of class names, which :func:`count` turns into the counts that a test asserts.
"""

from hbfp_hw.sim.stimulus.common import bits, count, floats
from hbfp_hw.sim.stimulus.convert import block_classes, blocks
from hbfp_hw.sim.stimulus.fp32 import PAIR_CLASSES, near_pairs, pairs
from hbfp_hw.sim.stimulus.multiply_add import TRIPLE_CLASSES, integers, lanes, triples
from hbfp_hw.sim.stimulus.paired_blocks import block_pairs
from hbfp_hw.sim.stimulus.rounded import SUM_CLASSES, sums

__all__ = [
    "PAIR_CLASSES",
    "SUM_CLASSES",
    "TRIPLE_CLASSES",
    "bits",
    "block_classes",
    "block_pairs",
    "blocks",
    "count",
    "floats",
    "integers",
    "lanes",
    "near_pairs",
    "pairs",
    "sums",
    "triples",
]
