"""Training runs of small networks in HBFP: seeds, checkpoints, comparisons and statistics."""
