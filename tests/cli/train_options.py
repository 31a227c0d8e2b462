"""Options of short training runs, and the text of a schedule, for the tests of ``hbfp train``."""

QUICK = ["train", "--model", "mlp", "--width", "2", "--batch-size", "200", "--workers", "1"]
DIGITS = [*QUICK, "--dataset", "digits", "--epochs", "2"]

OWN = "mantissa_bits = [[6, 8], [4, 4], [6, 6]]"
"""A table of mantissa widths for two epochs of three layers."""
