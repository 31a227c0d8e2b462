"""Convolutions as matrix products: a row for each place, a column for each weight of a channel."""

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
        """Rows and columns of the output, given the shape of the padded input."""
        rows, columns = (
            (size - dilation * (kernel - 1) - 1) // stride + 1
            for size, kernel, stride, dilation in zip(
                shape[-2:], self.kernel, self.stride, self.dilation, strict=True
            )
        )
        return rows, columns

    def _taps(self, x: Tensor) -> Tensor:
        """View (groups, channels, kernel, samples, places) of an input (groups, channels,
        samples, rows, columns)."""
        groups, channels, samples, row, column = x.stride()
        rows, columns = self.places(x.shape)
        return x.as_strided(
            (*x.shape[:2], *self.kernel, x.shape[2], rows, columns),
            (
                *(groups, channels),
                *(row * self.dilation[0], column * self.dilation[1]),
                *(samples, row * self.stride[0], column * self.stride[1]),
            ),
            x.storage_offset(),
        )

    def gather(self, x: Tensor, block_size: int) -> tuple[Tensor, Tensor]:
        """The products' operand X, twice: with K and with M filled up to whole blocks.

        Parameters:
            x: Padded input, shape (samples, channels, rows, columns).
            block_size: Elements of a block.

        Returns:
            Both of shape (groups, M, K), in memory column by column.
        """
        taps = self._taps(_by_group(x, self.groups))
        groups, channels, *_ = taps.shape
        length, rows = channels * taps.shape[2] * taps.shape[3], taps[0, 0, 0, 0].numel()
        memory = x.new_empty(groups, whole(length, block_size), whole(rows, block_size))
        memory[:, length:].zero_()
        memory[:, :, rows:].zero_()
        memory[:, :length, :rows].unflatten(1, taps.shape[1:4]).unflatten(-1, taps.shape[4:]).copy_(
            taps
        )
        return memory[:, :, :rows].mT, memory[:, :length].mT

    def scatter(self, columns: Tensor, shape: torch.Size) -> Tensor:
        """Sum for each element of the padded input what all places say: the gradient of gather.

        The sum is FP32, in the order of the kernel's rows and columns.
        """
        samples, channels, height, width = shape
        x = columns.new_zeros(self.groups, channels // self.groups, samples, height, width)
        taps = self._taps(x)
        parts = columns.mT.reshape(taps.shape)
        for row in range(self.kernel[0]):
            for column in range(self.kernel[1]):
                taps[:, :, row, column] += parts[:, :, row, column]
        return x.flatten(0, 1).transpose(0, 1)


def _by_group(x: Tensor, groups: int) -> Tensor:
    """(samples, channels, rows, columns) as (groups, channels, samples, rows, columns)."""
    return x.transpose(0, 1).contiguous().unflatten(0, (groups, -1))
