"""What can go wrong in a training."""


class Diverged(Exception):
    """A run has NaN or an infinity; the message names layer, epoch and run."""


class BadCheckpoint(ValueError):
    """A checkpoint is none, or one of another run."""


class WorkerEnded(RuntimeError):
    """A worker ended before its run did."""
