"""Analytic models of arithmetic density in the paper, for its component areas or measured ones."""

from hbfp_hw.density.components import PAPER, Components, Converter, FloatComponents
from hbfp_hw.density.models import (
    dot_gain,
    dot_unit,
    element,
    float_dot_unit,
    float_element,
    mixed_gain,
    systolic_gain,
)
from hbfp_hw.density.tables import density

__all__ = [
    "PAPER",
    "Components",
    "Converter",
    "FloatComponents",
    "density",
    "dot_gain",
    "dot_unit",
    "element",
    "float_dot_unit",
    "float_element",
    "mixed_gain",
    "systolic_gain",
]
