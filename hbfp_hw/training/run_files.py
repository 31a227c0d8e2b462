"""Names of the files in the folder of a training run."""

CHECKPOINT = "checkpoint.pt"
"""State of the run after its last finished epoch."""

LOG = "log.jsonl"
"""One JSON object per epoch."""
