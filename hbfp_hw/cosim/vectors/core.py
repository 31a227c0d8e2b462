"""Vectors of the core: those of its engine."""

from hbfp_hw.cosim.core import engine_of
from hbfp_hw.cosim.vectors.gemm import GEMMVectors
from hbfp_hw.generation.description import DesignDescription


class CoreVectors(GEMMVectors):
    """Products and bad descriptors as of the engine; they reach the core as registers and packets.

    See :class:`hbfp_hw.cosim.core.CoreLibrary`.
    """

    def __init__(self, description: DesignDescription):
        super().__init__(engine_of(description)[1])
