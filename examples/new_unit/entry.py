"""Entry of relu in the registry of units."""

from rtl import ReLU

from hbfp_hw.generation.options import BaselineOptions
from hbfp_hw.generation.unit_entry import RegressionCase, UnitEntry

RELU = UnitEntry(
    name="relu",
    summary="FP32 values, +0 for those below zero",
    options=BaselineOptions,
    make=lambda options: ReLU(options.lanes),
    needed=(),
    tests="relu_tests",
    test_count=2,
    cases={"relu_n4": RegressionCase("relu", BaselineOptions(lanes=4), 1000)},
    classes={"relu": ("nan", "negative", "positive")},
    vectors="vectors:ReLUVectors",
)
