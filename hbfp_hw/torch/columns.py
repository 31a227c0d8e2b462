"""Convolutions as matrix products: a row for each place of each sample, samples innermost.

So the blocks of dW run along the batch, and what lies side by side in memory is long.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from hbfp_hw.torch.convert import whole


@dataclass(frozen=True)
class Window:
    """What a convolution takes of its input at each place.

    Parameters:
        kernel, stride, dilation: Of rows and columns.
        groups: Groups of channels, each a product of its own.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    groups: int

    def places(self, shape: torch.Size) -> tuple[int, int]:
        """Rows and columns of the output, given (..., rows, columns, samples) of the input.

        Raises:
            ValueError: The kernel is larger than the padded input.
        """
        rows, columns = (
            (size - dilation * (kernel - 1) - 1) // stride + 1
            for size, kernel, stride, dilation in zip(
                shape[-3:-1], self.kernel, self.stride, self.dilation, strict=True
            )
        )
        if rows < 1 or columns < 1:
            raise ValueError(
                f"Kernel {self.kernel!r} with dilation {self.dilation!r} must fit into the padded "
                f"input, not be larger than {tuple(shape[-3:-1])!r}"
            )
        return rows, columns

    def _taps(self, x: Tensor) -> Tensor:
        """View (groups, channels, kernel, places, samples) of an input (groups, channels, rows,
        columns, samples)."""
        groups, channels, row, column, samples = x.stride()
        return x.as_strided(
            (*x.shape[:2], *self.kernel, *self.places(x.shape), x.shape[-1]),
            (
                *(groups, channels),
                *(row * self.dilation[0], column * self.dilation[1]),
                *(row * self.stride[0], column * self.stride[1]),
                samples,
            ),
        )

    def gather(self, x: Tensor, block_size: int) -> tuple[Tensor, Tensor]:
        """The products' operand X, twice: with K and with M filled up to whole blocks.

        Parameters:
            x: Padded input as :func:`samples_last` gives it.
            block_size: Elements of a block.

        Returns:
            Both of shape (groups, M, K), in memory column by column.
        """
        taps = self._taps(x.unflatten(0, (self.groups, -1)))
        length, rows = taps.shape[1:4].numel(), taps.shape[4:].numel()
        memory = x.new_empty(self.groups, whole(length, block_size), whole(rows, block_size))
        memory[:, length:].zero_()
        memory[:, :, rows:].zero_()
        used = memory[:, :length, :rows]
        used.unflatten(1, taps.shape[1:4]).unflatten(-1, taps.shape[4:]).copy_(taps)
        return memory[:, :, :rows].mT, memory[:, :length].mT

    def scatter(self, columns: Tensor, shape: torch.Size) -> Tensor:
        """Sum for each element of the padded input what all places say: the gradient of gather.

        The sum is FP32, in the order of the kernel's rows and columns.

        Parameters:
            columns: Gradients, shape (groups, M, K).
            shape: Of what was gathered.
        """
        x = columns.new_zeros(shape).unflatten(0, (self.groups, -1))
        taps = self._taps(x)
        parts = columns.mT.reshape(taps.shape)
        for row in range(self.kernel[0]):
            for column in range(self.kernel[1]):
                taps[:, :, row, column] += parts[:, :, row, column]
        return x.flatten(0, 1)


def samples_last(x: Tensor) -> Tensor:
    """(samples, channels, rows, columns) as (channels, rows, columns, samples)."""
    return x.flatten(1).T.contiguous().unflatten(0, x.shape[1:])


def samples_first(x: Tensor) -> Tensor:
    """The inverse of :func:`samples_last`."""
    return x.flatten(0, 2).T.contiguous().unflatten(1, x.shape[:3])
