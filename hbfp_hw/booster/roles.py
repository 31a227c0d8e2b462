"""The tensors of a layer and the three products of a training step that use them."""

from enum import StrEnum


class Role(StrEnum):
    """A tensor of a layer Y = X·W that a training step converts."""

    INPUT = "input"
    """X, the activations that come in."""
    WEIGHT = "weight"
    """W."""
    GRADIENT = "gradient"
    """dY, the gradient of the loss by the output."""


class Pass(StrEnum):
    """A product of a training step; every one has as many multiply-adds as the others."""

    FORWARD = "forward"
    """Y = X·W, blocks along the inputs."""
    INPUT_GRADIENT = "input_gradient"
    """dX = dY·Wᵀ, blocks along the outputs."""
    WEIGHT_GRADIENT = "weight_gradient"
    """dW = Xᵀ·dY, blocks along the batch."""

    @property
    def roles(self) -> tuple[Role, Role]:
        """First and second operand."""
        return _OPERANDS[self]


_OPERANDS = {
    Pass.FORWARD: (Role.INPUT, Role.WEIGHT),
    Pass.INPUT_GRADIENT: (Role.GRADIENT, Role.WEIGHT),
    Pass.WEIGHT_GRADIENT: (Role.INPUT, Role.GRADIENT),
}
