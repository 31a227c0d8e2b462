"""Co-simulation vectors of relu."""

import numpy as np
from golden import relu
from numpy.random import Generator

from hbfp_hw.cosim.batch import Batch, stream_fields
from hbfp_hw.generation.description import DesignDescription


class ReLUVectors:
    """Random bit patterns, among which every corner class is frequent.

    Parameters:
        description: Description of the design.
    """

    meaning = "the values of one transfer"
    batch_size = 1 << 14

    def __init__(self, description: DesignDescription):
        self.fields = stream_fields(description)
        self.lanes = description.parameters["lanes"]

    def draw(self, rng: Generator, count: int) -> Batch:
        """Draw vectors; see :class:`~hbfp_hw.cosim.batch.Vectors`."""
        values = rng.integers(0, 1 << 32, (count, self.lanes), np.uint32)
        nan = (values & 0x7FFFFFFF) > 0x7F800000
        drawn = {"nan": int(nan.any(axis=1).sum()), "negative": int((values >> 31).any(1).sum())}
        return Batch({"i": {"values": values}}, {"o": {"values": relu(values)}}, drawn)
