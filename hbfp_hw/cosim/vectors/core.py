"""Vectors of the core: the vectors of its engine."""

from hbfp_hw.cosim.core import engine_of
from hbfp_hw.cosim.vectors.gemm import GEMMVectors
from hbfp_hw.generation.description import DesignDescription


class CoreVectors(GEMMVectors):
    """Products and bad descriptors of the engine.

    :class:`hbfp_hw.cosim.core.CoreLibrary` turns them into registers and packets.
    """

    def __init__(self, description: DesignDescription):
        super().__init__(engine_of(description)[1])
