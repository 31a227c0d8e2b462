"""Tensors of a layer, and the three matrix products that a training step computes from them."""

from enum import StrEnum


class Role(StrEnum):
    """A tensor of a layer Y = X·W that a training step converts to HBFP."""

    INPUT = "input"
    """X, the layer's input activations."""
    WEIGHT = "weight"
    """W, the layer's weights."""
    GRADIENT = "gradient"
    """dY, the gradient of the loss with respect to the output."""


class Pass(StrEnum):
    """Kind of matrix product of a layer in a training step: a pass of training, not of a cell.

    All three products of a layer have equally many multiply-adds.
    """

    FORWARD = "forward"
    """Y = X·W, blocks along the inputs."""
    INPUT_GRADIENT = "input_gradient"
    """dX = dY·Wᵀ, blocks along the outputs."""
    WEIGHT_GRADIENT = "weight_gradient"
    """dW = Xᵀ·dY, blocks along the batch."""

    @property
    def roles(self) -> tuple[Role, Role]:
        """Roles of the first and the second operand."""
        return _OPERANDS[self]


_OPERANDS = {
    Pass.FORWARD: (Role.INPUT, Role.WEIGHT),
    Pass.INPUT_GRADIENT: (Role.GRADIENT, Role.WEIGHT),
    Pass.WEIGHT_GRADIENT: (Role.INPUT, Role.GRADIENT),
}
