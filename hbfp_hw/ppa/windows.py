"""Windows of a matrix product: the transfers that each stream of a stimulus takes from it."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Windows(NamedTuple):
    """Consecutive transfers of a product, one window per stream.

    A product has ``elements`` output elements, one after the other, and ``steps`` transfers for
    each, in ascending order of K. A window that reaches the end of the product goes on at its
    beginning.

    Members:
        elements: Output elements that each window touches, shape (streams, touched).
        steps: Transfers per output element.
        offset: Step of the first element at which each window begins, shape (streams,).
        cycles: Transfers of a window.
    """

    elements: NDArray[np.int64]
    steps: int
    offset: NDArray[np.int64]
    cycles: int

    @classmethod
    def draw(cls, elements: int, steps: int, *, streams: int, cycles: int, seed: int) -> "Windows":
        """Draw one window from each of ``streams`` equal parts of the product.

        The random numbers depend on the seed and the number of streams alone. Two units that divide
        K into different numbers of steps therefore begin at the same places of a product.
        """
        rng = np.random.default_rng(seed)
        share = (np.arange(streams) + rng.random(streams)) / streams
        start = np.minimum((share * (elements * steps)).astype(np.int64), elements * steps - 1)
        first, offset = np.divmod(start, steps)
        touched = -(-(steps - 1 + cycles) // steps)
        return cls((first[:, None] + np.arange(touched)) % elements, steps, offset, cycles)

    def cut(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the values of the windows' transfers, shape (streams * cycles,).

        Parameters:
            values: One value per transfer of the touched elements, shape (streams, touched, steps).
        """
        flat = values.reshape(len(values), -1)
        places = self.offset[:, None] + np.arange(self.cycles)
        return np.take_along_axis(flat, places, axis=1).reshape(-1)

    def places(self) -> "Places":
        """Return element and step of every transfer of the windows."""
        shape = (*self.elements.shape, self.steps)
        elements = np.broadcast_to(self.elements[..., None], shape)
        return Places(self.cut(elements), self.cut(np.broadcast_to(np.arange(self.steps), shape)))


class Places(NamedTuple):
    """Transfers of a product, each of shape (transfers,).

    Members:
        elements: Output element of each transfer.
        steps: Step of the transfer within the element, ascending in K.
    """

    elements: NDArray[np.int64]
    steps: NDArray[np.int64]
