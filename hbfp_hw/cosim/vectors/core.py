"""Vectors of the core: those of its engine."""

from collections.abc import Mapping
from typing import Any

from hbfp_hw.cosim.core import engine_of
from hbfp_hw.cosim.vectors.gemm import GEMMVectors


class CoreVectors(GEMMVectors):
    """Products and bad descriptors as of the engine; they reach the core as registers and packets.

    See :class:`hbfp_hw.cosim.core.CoreLibrary`.
    """

    def __init__(self, description: Mapping[str, Any]):
        super().__init__(engine_of(description)[1])
