"""Errors of a training run."""


class Diverged(Exception):
    """A layer gave NaN or infinity; the message names layer, epoch and run."""


class BadCheckpoint(ValueError):
    """A file is not a checkpoint, or not one of the run that is to be continued."""
