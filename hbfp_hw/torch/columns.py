"""Convolutions as matrix products (im2col), with one row of X per output position and sample.

Rows are in the order (output row, output column, sample). The blocks of dW therefore run along the
batch, and contiguous runs in memory are long.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from hbfp_hw.torch.convert import whole


@dataclass(frozen=True)
class Window:
    """Sizes of a convolution's sliding window.

    Parameters:
        kernel, stride, dilation: Sizes by row and by column.
        groups: Number of groups of channels; each group is a product of its own.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    groups: int

    @classmethod
    def decode(cls, numbers: Sequence[int]) -> "Window":
        """Return the window that :meth:`encode` encoded.

        Raises:
            ValueError: There are not 7 integers, or one is below 1.
        """
        if len(numbers) != 7 or min(numbers) < 1:
            raise ValueError(f"Window must be 7 integers of at least 1, not {list(numbers)!r}")
        rows, columns, *rest = numbers
        return cls((rows, columns), (rest[0], rest[1]), (rest[2], rest[3]), rest[4])

    def encode(self) -> list[int]:
        """Return the window as the list of integers that an operator takes."""
        return [*self.kernel, *self.stride, *self.dilation, self.groups]

    def check(self, shape: torch.Size, weight: torch.Size, y: torch.Size | None = None) -> None:
        """Raise unless a convolution is defined for these shapes.

        Parameters:
            shape: Shape of the padded input, (channels, rows, columns, samples).
            weight: Shape of the weights, (output channels, channels of a group, rows, columns).
            y: Shape of the output's gradient, (channels, rows, columns, samples).

        Raises:
            ValueError: The shapes do not match, or the kernel is larger than the input.
        """
        if len(shape) != 4 or len(weight) != 4 or min(*shape, *weight) < 1:
            raise ValueError(
                "Input and weights must have 4 dimensions that are not empty, "
                f"not shapes {tuple(shape)!r} and {tuple(weight)!r}"
            )
        if weight[2:] != self.kernel or weight[0] % self.groups:
            raise ValueError(
                f"Weights must have a kernel of {self.kernel!r} and a multiple of {self.groups} "
                f"output channels, not shape {tuple(weight)!r}"
            )
        if shape[0] != weight[1] * self.groups:
            raise ValueError(
                f"Input must have {weight[1] * self.groups} channels, not {shape[0]!r}"
            )
        output = self.output_size(shape)
        if min(output) < 1:
            raise ValueError(
                f"Kernel must be no larger than the padded input {tuple(shape[1:3])!r}, "
                f"not {self.kernel!r} with a dilation of {self.dilation!r}"
            )
        if y is not None and y != (weight[0], *output, shape[3]):
            raise ValueError(
                f"Gradient must be of shape {(weight[0], *output, shape[3])!r}, not {tuple(y)!r}"
            )

    def output_size(self, shape: torch.Size) -> tuple[int, int]:
        """Return rows and columns of the output for an input (..., rows, columns, samples)."""
        rows, columns = (
            (size - dilation * (kernel - 1) - 1) // stride + 1
            for size, kernel, stride, dilation in zip(
                shape[-3:-1], self.kernel, self.stride, self.dilation, strict=True
            )
        )
        return rows, columns

    def _taps(self, x: Tensor) -> Tensor:
        """Return a view (groups, channels, *kernel, *output sizes, samples) of an input.

        The input has shape (groups, channels, rows, columns, samples).
        """
        groups, channels, row, column, samples = x.stride()
        return x.as_strided(
            (*x.shape[:2], *self.kernel, *self.output_size(x.shape), x.shape[-1]),
            (
                groups,
                channels,
                row * self.dilation[0],
                column * self.dilation[1],
                row * self.stride[0],
                column * self.stride[1],
                samples,
            ),
        )

    def gather(self, x: Tensor, block_size: int) -> tuple[Tensor, Tensor]:
        """Return the operand X twice: padded to whole blocks along K, and along M.

        The first is for the forward product, the second for the weight gradient.

        Parameters:
            x: Padded input, with the samples last as :func:`samples_last` returns it.
            block_size: Values in a block.

        Returns:
            Two views of the same memory, shape (groups, M, K), column-major.
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
        """Return the gradient of :meth:`gather`: the sum over all windows for each input element.

        The sum is FP32, in the order of the kernel's rows and columns.

        Parameters:
            columns: Gradients, shape (groups, M, K).
            shape: Shape of the padded input, (channels, rows, columns, samples).
        """
        x = columns.new_zeros(shape).unflatten(0, (self.groups, -1))
        taps = self._taps(x)
        parts = columns.mT.reshape(taps.shape)
        for row in range(self.kernel[0]):
            for column in range(self.kernel[1]):
                taps[:, :, row, column] += parts[:, :, row, column]
        return x.flatten(0, 1)


def samples_last(x: Tensor) -> Tensor:
    """Move the first dimension of (samples, channels, rows, columns) to the end."""
    return x.flatten(1).T.contiguous().unflatten(0, x.shape[1:])


def samples_first(x: Tensor) -> Tensor:
    """Move the last dimension to the front; the inverse of :func:`samples_last`."""
    return x.flatten(0, 2).T.contiguous().unflatten(1, x.shape[:3])
